//! Kind 6: many elements whose bits are all zero.

use super::effort::Effort;
use super::kind::Kind;
use super::reader::Reader;
use super::{Layout, Nested, Scratch, buffer, plane};
use crate::EngineError;
use alloc::vec::Vec;
use tensorpress_kernels::with_word;
use tensorpress_kernels::words::Word;

/// Number of elements of `raw` whose bits are all zero.
pub(super) fn zeros(raw: &[u8], width: usize) -> usize {
    with_word!(width, zeros_words(raw))
}

fn zeros_words<W: Word>(raw: &[u8]) -> usize {
    raw.chunks_exact(W::BYTES)
        .filter(|element| W::read(element) == W::default())
        .count()
}

/// Appends a block.
pub(super) fn encode(scratch: &mut Scratch, raw: &[u8], layout: Layout, effort: Effort, out: &mut Vec<u8>) {
    let width = layout.width();
    let (mut mask, mut kept) = (scratch.pool.take(), scratch.pool.take());
    mask.clear();
    kept.clear();
    with_word!(width, gather(raw, &mut mask, &mut kept));
    out.extend_from_slice(&[Kind::Sparse as u8, width as u8]);
    out.extend_from_slice(&((kept.len() / width) as u32).to_le_bytes());
    plane::encode(&mask, effort, out);
    scratch.encode(&kept, layout, Nested::IN_SPARSE, effort, out);
    scratch.pool.give(mask);
    scratch.pool.give(kept);
}

fn gather<W: Word>(raw: &[u8], mask: &mut Vec<u8>, kept: &mut Vec<u8>) {
    for group in raw.chunks(W::BYTES * 8) {
        let mut bits = 0;
        for (index, element) in group.chunks_exact(W::BYTES).enumerate() {
            if W::read(element) != W::default() {
                bits |= 1 << index;
                kept.extend_from_slice(element);
            }
        }
        mask.push(bits);
    }
}

/// Decodes into exactly `out`.
pub(super) fn decode(scratch: &mut Scratch, payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let (mut mask, mut kept) = (scratch.pool.take(), scratch.pool.take());
    let result = decode_with(scratch, payload, out, &mut mask, &mut kept);
    scratch.pool.give(mask);
    scratch.pool.give(kept);
    result
}

fn decode_with(
    scratch: &mut Scratch,
    payload: &[u8],
    out: &mut [u8],
    mask_buffer: &mut Vec<u8>,
    kept_buffer: &mut Vec<u8>,
) -> Result<(), EngineError> {
    let mut reader = Reader::new("sparse block", payload);
    let width = reader.width(&[1, 2, 4, 8], out.len())?;
    let elements = out.len() / width;
    let count = reader.u32()?;
    let mask = plane::decode(&mut reader, elements.div_ceil(8), mask_buffer)?;
    let ones: usize = mask.iter().map(|byte| byte.count_ones() as usize).sum();
    let beyond = mask
        .last()
        .is_some_and(|&last| !elements.is_multiple_of(8) && last >> (elements % 8) != 0);
    if ones != count || beyond {
        return Err(reader.corrupt(detail!("a mask of {ones} of {elements} elements, expected {count}")));
    }
    // One more element, so that the loop below may read ahead.
    let kept = buffer::at_least(kept_buffer, (count + 1) * width);
    scratch.decode(reader.remaining(), &mut kept[..count * width], Nested::IN_SPARSE)?;
    with_word!(width, spread(mask, kept, out));
    Ok(())
}

/// `kept` has one element more than `mask` has bits.
fn spread<W: Word>(mask: &[u8], kept: &[u8], out: &mut [u8]) {
    let mut at = 0;
    for (group, &bits) in out.chunks_mut(W::BYTES * 8).zip(mask) {
        if bits == 0 {
            group.fill(0);
            continue;
        }
        for (index, target) in group.chunks_exact_mut(W::BYTES).enumerate() {
            let keep = bits >> index & 1 == 1;
            W::read(&kept[at..at + W::BYTES]).keep_if(keep).write(target);
            at += if keep { W::BYTES } else { 0 };
        }
    }
}
