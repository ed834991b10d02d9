//! rANS lanes as bytes: they are the last of what they belong to, so that nothing says how many words there are.

use crate::CodingError;
use crate::bit_io::{BitReader, BitWriter};
use crate::error::corrupt;
use crate::reader::{Reader, write_varint};
use alloc::vec::Vec;
use tensorpress_kernels::lanes::{Coded, Encoded, Lanes, MAX_LANES};

/// Bits that say how long a state's upper half is.
const LENGTH_BITS: u32 = 4;

/// How many lanes are worth their states for about as many bytes of words.
pub(crate) fn lanes_for(bytes: usize) -> Lanes {
    match bytes {
        0..600 => Lanes::One,
        600..8000 => Lanes::Eight,
        _ => Lanes::ThirtyTwo,
    }
}

/// Bits that lanes, tail and states cost beyond what they tell: every state keeps 3.5 of its bits for itself on
/// average, and the first lane begins with 16 that are zero.
pub(crate) fn overhead_bits(lanes: Lanes) -> u64 {
    8 + 16 + 16 + lanes.count() as u64 * 7 / 2
}

/// Appends lanes, tail, states and words.
pub(crate) fn write(lanes: Lanes, encoded: &Encoded, out: &mut Vec<u8>) {
    out.push(lanes.count().ilog2() as u8);
    write_varint(encoded.tail as u32, out);
    let mut writer = BitWriter::new(out);
    for &state in &encoded.states {
        let upper = state >> 16;
        let length = upper.ilog2();
        writer.put(length, LENGTH_BITS);
        writer.put(upper - (1 << length), length);
        writer.put(state & 0xFFFF, 16);
    }
    writer.finish();
    out.extend_from_slice(&encoded.words);
}

/// Reads what [`write`] wrote, up to the end; `states` is where the states go.
pub(crate) fn read<'i: 's, 's>(
    reader: &mut Reader<'i>,
    states: &'s mut [u32; MAX_LANES],
) -> Result<Coded<'s>, CodingError> {
    let log_lanes = reader.byte()?;
    let lanes = Lanes::ALL
        .into_iter()
        .find(|lanes| lanes.count().ilog2() == u32::from(log_lanes))
        .ok_or_else(|| corrupt("the number of rANS lanes is none of 1, 8 and 32"))?;
    let tail = reader.varint()? as usize;
    let states = &mut states[..lanes.count()];
    let mut bits = BitReader::new(reader.rest());
    for state in states.iter_mut() {
        let length = bits.get(LENGTH_BITS)?;
        let upper = 1 << length | bits.get(length)?;
        *state = upper << 16 | bits.get(16)?;
    }
    let used = bits.finish()?;
    reader.take(used)?;
    Ok(Coded {
        lanes,
        states,
        tail,
        words: reader.take(reader.rest().len())?,
    })
}
