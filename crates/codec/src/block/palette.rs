//! Kind 5: few distinct values, such as weights that were integers times a scale.

use super::effort::Effort;
use super::kind::Kind;
use super::plane;
use super::reader::Reader;
use crate::EngineError;
use alloc::vec::Vec;
use tensorpress_kernels::sort::sort_u64;
use tensorpress_kernels::with_word;
use tensorpress_kernels::words::Word;

/// The most values that FORMAT.md allows.
const MAX_COUNT: usize = 65_536;
/// The most values that the encoder looks for: beyond, floats are the better kind.
const MAX_SOUGHT: usize = 4096;
/// Elements of the sample that decides whether to look at all.
const SAMPLE: usize = 512;
/// Logarithm of the bits that stand for the values of the sample.
const SEEN_BITS: u32 = 15;
/// 2^64 divided by the golden ratio: its products' upper bits are well mixed.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Slots of the hash table.
const SLOTS: usize = 4 * MAX_SOUGHT;

/// Buffers of both directions.
#[derive(Default)]
pub(super) struct PaletteBuffers {
    /// Value and index + 1 (0: empty) of each slot.
    slots: Vec<(u64, u32)>,
    used: Vec<u32>,
    values: Vec<u64>,
    low: Vec<u8>,
    high: Vec<u8>,
}

impl PaletteBuffers {
    fn clear(&mut self) {
        self.slots.resize(SLOTS, (0, 0));
        for &slot in &self.used {
            self.slots[slot as usize] = (0, 0);
        }
        self.used.clear();
        self.values.clear();
    }

    /// The slot of `value`, which it gets if it had none.
    #[inline(always)]
    fn slot(&mut self, value: u64) -> usize {
        let mut at = (value.wrapping_mul(GOLDEN) >> 50) as usize % SLOTS;
        loop {
            let (found, index) = self.slots[at];
            if index == 0 {
                self.values.push(value);
                self.used.push(at as u32);
                self.slots[at] = (value, self.values.len() as u32);
                return at;
            }
            if found == value {
                return at;
            }
            at = (at + 1) % SLOTS;
        }
    }
}

/// Finds the values of `raw`, of elements of `width` bytes. `true` if they are few enough.
fn survey(raw: &[u8], width: usize, buffers: &mut PaletteBuffers) -> bool {
    let most = if width <= 2 { 256 } else { MAX_SOUGHT };
    with_word!(width, survey_words(raw, most, buffers))
}

fn survey_words<W: Word>(raw: &[u8], most: usize, buffers: &mut PaletteBuffers) -> bool {
    let elements = raw.len() / W::BYTES;
    let step = (elements / SAMPLE).max(1);
    let sampled = elements.div_ceil(step);
    // That many values in a sample of this size leave no hope for the whole.
    let hopeless = most.min(sampled * 15 / 16);
    if least_values::<W>(raw.chunks_exact(W::BYTES).step_by(step)) > hopeless {
        return false;
    }
    buffers.clear();
    for element in raw.chunks_exact(W::BYTES) {
        buffers.slot(W::read(element).to_u64());
        if buffers.values.len() > most {
            return false;
        }
    }
    // The table of values must pay for itself.
    buffers.values.len() * 4 <= elements
}

/// No more than the number of different values among `elements`, and about as many if they are some hundred. It takes a
/// bit a value, where the hash table would fill the cache with empty slots.
fn least_values<'a, W: Word>(elements: impl Iterator<Item = &'a [u8]>) -> usize {
    let mut seen = [0u64; 1 << (SEEN_BITS - 6)];
    let mut count = 0;
    for element in elements {
        let at = (W::read(element).to_u64().wrapping_mul(GOLDEN) >> (64 - SEEN_BITS)) as usize;
        let (word, bit) = (&mut seen[at / 64], 1 << (at % 64));
        count += usize::from(*word & bit == 0);
        *word |= bit;
    }
    count
}

/// Appends a block if the values are few; says whether it did.
pub(super) fn encode(
    raw: &[u8],
    width: usize,
    effort: Effort,
    out: &mut Vec<u8>,
    buffers: &mut PaletteBuffers,
) -> bool {
    if raw.len() < width * 64 || !survey(raw, width, buffers) {
        return false;
    }
    // In order, so that neighbours in value are neighbours in index.
    sort_u64(&mut buffers.values);
    let count = buffers.values.len();
    out.extend_from_slice(&[Kind::Palette as u8, width as u8]);
    out.extend_from_slice(&(count as u32).to_le_bytes());
    for index in 0..count {
        let value = buffers.values[index];
        out.extend_from_slice(&value.to_le_bytes()[..width]);
    }
    for &slot in &buffers.used {
        let (value, index) = &mut buffers.slots[slot as usize];
        *index = buffers.values.binary_search(value).map_or(0, |at| at as u32 + 1);
    }
    with_word!(width, write_indices(raw, effort, out, buffers));
    true
}

fn write_indices<W: Word>(raw: &[u8], effort: Effort, out: &mut Vec<u8>, buffers: &mut PaletteBuffers) {
    buffers.low.clear();
    buffers.high.clear();
    let wide = buffers.values.len() > 256;
    for element in raw.chunks_exact(W::BYTES) {
        let slot = buffers.slot(W::read(element).to_u64());
        let index = buffers.slots[slot].1 - 1;
        buffers.low.push(index as u8);
        if wide {
            buffers.high.push((index >> 8) as u8);
        }
    }
    plane::encode(&buffers.low, effort, out);
    if wide {
        plane::encode(&buffers.high, effort, out);
    }
}

/// Appends a block of elements that are known to be `values[indices[i]]`; `values` are at most 65,536.
pub fn encode_indexed(values: &[u8], width: usize, indices: &[u16], effort: Effort, out: &mut Vec<u8>) {
    let count = values.len() / width;
    out.extend_from_slice(&[Kind::Palette as u8, width as u8]);
    out.extend_from_slice(&(count as u32).to_le_bytes());
    out.extend_from_slice(values);
    let low: Vec<u8> = indices.iter().map(|&index| index as u8).collect();
    plane::encode(&low, effort, out);
    if count > 256 {
        let high: Vec<u8> = indices.iter().map(|&index| (index >> 8) as u8).collect();
        plane::encode(&high, effort, out);
    }
}

/// Decodes into exactly `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8], buffers: &mut PaletteBuffers) -> Result<(), EngineError> {
    let mut reader = Reader::new("palette block", payload);
    let width = reader.width(&[1, 2, 4, 8], out.len())?;
    let count = reader.u32()?;
    if count == 0 || count > MAX_COUNT {
        return Err(reader.corrupt(detail!("{count} values, expected 1 to {MAX_COUNT}")));
    }
    let values = reader.take(count * width)?;
    let elements = out.len() / width;
    let low = plane::decode(&mut reader, elements, &mut buffers.low)?;
    let high = if count > 256 {
        plane::decode(&mut reader, elements, &mut buffers.high)?
    } else {
        &[]
    };
    let fine = with_word!(width, look_up(values, low, high, out));
    if !fine {
        return Err(reader.corrupt(detail!("an index beyond the {count} values")));
    }
    reader.finish()
}

/// `false` if an index has no value.
fn look_up<W: Word>(values: &[u8], low: &[u8], high: &[u8], out: &mut [u8]) -> bool {
    let targets = out.chunks_exact_mut(W::BYTES);
    let mut fine = true;
    if high.is_empty() {
        // 256 entries make every index valid to the compiler; what lies beyond the values is noticed.
        let mut full = [W::default(); 256];
        let values = values.chunks_exact(W::BYTES);
        let count = values.len();
        for (entry, value) in full.iter_mut().zip(values) {
            *entry = W::read(value);
        }
        let mut largest = 0;
        for (target, &index) in targets.zip(low) {
            largest = largest.max(index);
            full[usize::from(index)].write(target);
        }
        return low.is_empty() || usize::from(largest) < count;
    }
    for ((target, &low), &high) in targets.zip(low).zip(high) {
        let index = usize::from(low) | usize::from(high) << 8;
        match values.get(index * W::BYTES..(index + 1) * W::BYTES) {
            Some(value) => W::read(value).write(target),
            None => fine = false,
        }
    }
    fine
}
