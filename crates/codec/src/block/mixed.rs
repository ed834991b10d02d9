//! Kind 8: runs of elements that were never anything but a narrower type, among others that use all their bits.
//!
//! Embeddings of which training touched only some rows are like that. Separated, each sort gets the block that suits it.

use super::effort::Effort;
use super::kind::Kind;
use super::reader::Reader;
use super::{Layout, Nested, Scratch, buffer, plane};
use crate::EngineError;
use alloc::vec::Vec;
use tensorpress_kernels::words::Word;

/// Elements that one bit of the mask stands for.
const GROUP: usize = 32;
/// At least one of this many elements must be of the narrower sort.
const LEAST_SHARE: usize = 256;

/// A first look takes one of this many groups: rows of a matrix that are of the narrower sort are longer.
const EVERY: usize = 4;

/// Fills `mask` with one bit a group: whether all its elements end in as many zero bits as a narrower type leaves.
/// Gives the number of elements in such groups, 0 where a first look finds none.
fn survey(raw: &[u8], layout: Layout, mask: &mut Vec<u8>) -> usize {
    match layout {
        // fp16 has 13 mantissa bits less.
        Layout::F32 => survey_words::<u32>(raw, 0x1fff, mask),
        // fp32 has 29 mantissa bits less.
        Layout::F64 => survey_words::<u64>(raw, 0x1fff_ffff, mask),
        _ => 0,
    }
}

fn survey_words<W: Word + core::ops::BitOr<Output = W>>(raw: &[u8], low: u64, mask: &mut Vec<u8>) -> usize {
    let is_short = |group: &[u8]| {
        let elements = group.chunks_exact(W::BYTES);
        elements
            .fold(W::default(), |all, element| all | W::read(element))
            .to_u64()
            & low
            == 0
    };
    if !raw.chunks(W::BYTES * GROUP).step_by(EVERY).any(is_short) {
        return 0;
    }
    mask.clear();
    let mut marked = 0;
    for eight in raw.chunks(W::BYTES * GROUP * 8) {
        let mut bits = 0;
        for (index, group) in eight.chunks(W::BYTES * GROUP).enumerate() {
            if is_short(group) {
                bits |= 1 << index;
                marked += group.len() / W::BYTES;
            }
        }
        mask.push(bits);
    }
    marked
}

/// Appends a block if there are two sorts of elements; says whether it did.
pub(super) fn encode(scratch: &mut Scratch, raw: &[u8], layout: Layout, effort: Effort, out: &mut Vec<u8>) -> bool {
    let mut mask = scratch.pool.take();
    let marked = survey(raw, layout, &mut mask);
    let elements = raw.len() / layout.width();
    let worth_it = marked != 0 && marked != elements && marked >= elements / LEAST_SHARE;
    if worth_it {
        let (mut short, mut long) = (scratch.pool.take(), scratch.pool.take());
        short.clear();
        long.clear();
        for (index, group) in raw.chunks(layout.width() * GROUP).enumerate() {
            let sort = if mask[index / 8] >> (index % 8) & 1 == 1 {
                &mut short
            } else {
                &mut long
            };
            sort.extend_from_slice(group);
        }
        out.extend_from_slice(&[Kind::Mixed as u8, layout.width() as u8]);
        plane::encode(&mask, effort, out);
        let place = out.len();
        out.extend_from_slice(&[0; 4]);
        scratch.encode(&short, layout, Nested::IN_MIXED, effort, out);
        // Shorter than the block and a few bytes, whose length fits.
        let len = (out.len() - place - 4) as u32;
        out[place..place + 4].copy_from_slice(&len.to_le_bytes());
        scratch.encode(&long, layout, Nested::IN_MIXED, effort, out);
        scratch.pool.give(short);
        scratch.pool.give(long);
    }
    scratch.pool.give(mask);
    worth_it
}

/// Decodes into exactly `out`.
pub(super) fn decode(scratch: &mut Scratch, payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let mut buffers = [scratch.pool.take(), scratch.pool.take(), scratch.pool.take()];
    let result = decode_with(scratch, payload, out, &mut buffers);
    buffers.into_iter().for_each(|buffer| scratch.pool.give(buffer));
    result
}

fn decode_with(
    scratch: &mut Scratch,
    payload: &[u8],
    out: &mut [u8],
    [mask, short, long]: &mut [Vec<u8>; 3],
) -> Result<(), EngineError> {
    let mut reader = Reader::new("mixed block", payload);
    let width = reader.width(&[4, 8], out.len())?;
    let group = width * GROUP;
    let groups = out.len().div_ceil(group);
    let mask = plane::decode(&mut reader, groups.div_ceil(8), mask)?;
    let marked = |index: usize| mask[index / 8] >> (index % 8) & 1 == 1;
    if (groups..groups.next_multiple_of(8)).any(marked) {
        return Err(reader.corrupt("a mask with bits behind the last group"));
    }
    let short_len: usize = (0..groups)
        .filter(|&index| marked(index))
        .map(|index| group.min(out.len() - index * group))
        .sum();
    let len = reader.u32()?;
    let short = buffer::at_least(short, short_len);
    scratch.decode(reader.take(len)?, short, Nested::IN_MIXED)?;
    let long = buffer::at_least(long, out.len() - short_len);
    scratch.decode(reader.remaining(), long, Nested::IN_MIXED)?;
    let (mut short, mut long) = (&*short, &*long);
    for (index, target) in out.chunks_mut(group).enumerate() {
        let sort = if marked(index) { &mut short } else { &mut long };
        // The lengths were summed above.
        let (head, tail) = sort.split_at(target.len());
        target.copy_from_slice(head);
        *sort = tail;
    }
    Ok(())
}
