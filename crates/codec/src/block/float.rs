//! Kind 3: exponents and leading mantissa bits as coded symbols, the rest in planes.

use super::effort::Effort;
use super::float_format::FloatFormat;
use super::kind::Kind;
use super::reader::Reader;
use super::{buffer, float_model, plane};
use crate::EngineError;
use crate::error::corrupt;
use alloc::vec::Vec;
use tensorpress_kernels::bytes;
use tensorpress_kernels::fields::{self, Exception, FieldLayout, MAX_PLANES, SymbolBounds};
use tensorpress_kernels::histogram::histogram;

/// A block with more exceptions than one in this many elements is better off in another kind.
const EXCEPTION_SHARE: u64 = 64;
/// Fewest elements for which a sample is counted instead of all of them.
const LEAST_SAMPLED: usize = 32 << 10;
/// The most symbols that a sample may have missed: each takes room among the codes, whether or not it occurs.
const MOST_MISSED: usize = 40;
/// Bytes of an exception.
const EXCEPTION_BYTES: usize = 6;

/// Buffers of both directions.
#[derive(Default)]
pub(super) struct FloatBuffers {
    symbols: Vec<u8>,
    raw: Vec<u8>,
    planes: [Vec<u8>; MAX_PLANES],
    exceptions: Vec<Exception>,
}

/// Appends a block; or appends nothing and says so where the elements do not suit.
pub(super) fn encode(
    format: FloatFormat,
    effort: Effort,
    raw: &[u8],
    out: &mut Vec<u8>,
    buffers: &mut FloatBuffers,
) -> bool {
    let elements = raw.len() / format.width;
    let widest = float_model::widest(effort, format);
    let Some(counted) = format.fields(widest) else {
        return false;
    };
    let sampled = effort != Effort::Max && elements >= LEAST_SAMPLED;
    let counts = if sampled {
        fields::sampled_field_histogram(counted, raw, float_model::sampled_one_in(format, elements))
    } else {
        fields::field_histogram(counted, raw)
    };
    let most_exceptions = elements as u64 / EXCEPTION_SHARE;
    let mut cut = float_model::choose(format, effort, widest, &counts);
    if cut.exceptions > most_exceptions {
        return false;
    }
    if sampled {
        cut = float_model::with_margin(cut, widest, &counts);
    }
    let Some(layout) = format.fields(cut.extra) else {
        return false;
    };
    buffers.exceptions.clear();
    let symbols = buffer::at_least(&mut buffers.symbols, elements);
    let bounds = fields::split_symbols(layout, cut.base, raw, symbols, &mut buffers.exceptions);
    // More than the sample suggested.
    if buffers.exceptions.len() as u64 > most_exceptions {
        return false;
    }

    out.extend_from_slice(&[
        Kind::Float as u8,
        format.width as u8,
        format.exponent as u8,
        cut.extra as u8,
    ]);
    out.extend_from_slice(&cut.base.to_le_bytes());
    out.extend_from_slice(&(buffers.exceptions.len() as u32).to_le_bytes());
    for exception in &buffers.exceptions {
        out.extend_from_slice(&exception.index.to_le_bytes());
        out.extend_from_slice(&exception.field.to_le_bytes());
    }
    let mut counts = float_model::symbol_counts(cut, widest, &counts);
    if sampled && (!buffers.exceptions.is_empty() || !complete(&mut counts, bounds)) {
        counts = histogram(symbols);
    }
    let beside = elements as u64 * u64::from(layout.raw_bits());
    plane::encode_counted(symbols, &counts, beside, effort, out);
    encode_planes(layout, raw, effort, out, &mut buffers.raw);
    true
}

/// Appends the planes of raw bits. Most are noise and stay as they were split, so they are split to where they belong;
/// where one is not, they are coded from a copy.
fn encode_planes(layout: FieldLayout, raw: &[u8], effort: Effort, out: &mut Vec<u8>, copy: &mut Vec<u8>) {
    let start = out.len();
    fields::append_planes(layout, plane::RAW, raw, out);
    let lengths = layout.plane_lengths(raw.len() / layout.element_bytes());
    let mut noise = [false; MAX_PLANES];
    for (noise, plane) in noise.iter_mut().zip(planes_of(&out[start..], lengths.as_slice())) {
        *noise = plane::passes_for_noise(plane, effort);
    }
    let noise = &noise[..lengths.as_slice().len()];
    if noise.iter().all(|&noise| noise) {
        return;
    }
    copy.clear();
    bytes::append(&out[start..], copy);
    out.truncate(start);
    for (plane, &noise) in planes_of(copy, lengths.as_slice()).zip(noise) {
        if noise {
            plane::store(plane, out);
        } else {
            plane::encode(plane, effort, out);
        }
    }
}

/// The planes of `lengths` in `bytes`, where each stands behind one byte.
fn planes_of<'a>(bytes: &'a [u8], lengths: &[usize]) -> impl Iterator<Item = &'a [u8]> {
    lengths.iter().scan(bytes, |rest, &len| {
        let (head, tail) = rest.split_at_checked(1 + len)?;
        *rest = tail;
        Some(&head[1..])
    })
}

/// Gives every symbol within `bounds` a count, where few of them have none; else says so. A symbol outside of them loses
/// its count.
fn complete(counts: &mut [u32; 256], bounds: SymbolBounds) -> bool {
    counts[0] = if bounds.zero { counts[0].max(1) } else { 0 };
    let mut missed = 0;
    for (symbol, count) in (1..=255).zip(&mut counts[1..]) {
        if symbol < bounds.least || symbol > bounds.largest {
            *count = 0;
        } else if *count == 0 {
            *count = 1;
            missed += 1;
        }
    }
    missed <= MOST_MISSED
}

/// Decodes into exactly `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8], buffers: &mut FloatBuffers) -> Result<(), EngineError> {
    let mut reader = Reader::new("float block", payload);
    let (width, exponent, extra) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let base = reader.u16()?;
    let format = FloatFormat::new(usize::from(width), u32::from(exponent))
        .filter(|format| out.len().is_multiple_of(format.width))
        .ok_or_else(|| {
            reader.corrupt(detail!(
                "{} bytes of floats of {width} bytes, {exponent} of the bits exponent",
                out.len()
            ))
        })?;
    let layout = format
        .fields(u32::from(extra))
        .ok_or_else(|| reader.corrupt(detail!("{extra} mantissa bits in the field")))?;
    let elements = out.len() / format.width;
    read_exceptions(&mut reader, elements, &mut buffers.exceptions)?;

    let symbols = plane::decode(&mut reader, elements, &mut buffers.symbols)?;
    let mut planes: [&[u8]; MAX_PLANES] = [&[]; MAX_PLANES];
    let lengths = layout.plane_lengths(elements);
    let lengths = lengths.as_slice();
    for ((slot, &len), buffer) in planes.iter_mut().zip(lengths).zip(&mut buffers.planes) {
        *slot = plane::decode(&mut reader, len, buffer)?;
    }
    reader.finish()?;
    let fault = |error| corrupt("float block", detail!("{error:?}"));
    fields::merge(layout, base, symbols, &planes[..lengths.len()], out).map_err(fault)?;
    fields::apply_exceptions(layout, &buffers.exceptions, out).map_err(fault)
}

fn read_exceptions(reader: &mut Reader, elements: usize, exceptions: &mut Vec<Exception>) -> Result<(), EngineError> {
    exceptions.clear();
    let count = reader.u32()?;
    if count > elements {
        return Err(reader.corrupt(detail!("{count} exceptions among {elements} elements")));
    }
    // No overflow: elements of at least two bytes, of a block in memory.
    for entry in reader.take(count * EXCEPTION_BYTES)?.chunks_exact(EXCEPTION_BYTES) {
        let index = u32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]);
        let ascending = exceptions.last().is_none_or(|last| last.index < index);
        if !ascending || index as usize >= elements {
            return Err(reader.corrupt(detail!("an exception at {index} of {elements} elements out of order")));
        }
        exceptions.push(Exception {
            index,
            field: u16::from_le_bytes([entry[4], entry[5]]),
        });
    }
    Ok(())
}
