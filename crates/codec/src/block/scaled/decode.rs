//! From a scaled block to weights.

use super::super::number::Number;
use super::super::reader::Reader;
use super::super::{Nested, Scratch, buffer, plane};
use super::{MAX_INTEGER, MAX_LEVEL, MAX_TABLE, Shape, shift};
use crate::EngineError;
use crate::error::corrupt;
use alloc::boxed::Box;
use alloc::vec::Vec;

enum Levels {
    /// The integer of code 0.
    Integers(i32),
    Table(Box<[f32; MAX_TABLE]>),
}

/// Buffers of the decoder.
#[derive(Default)]
pub(in crate::block) struct ScaledBuffers {
    low: Vec<u8>,
    high: Vec<u8>,
    row: Vec<f32>,
}

/// Decodes into exactly `out`.
pub(in crate::block) fn decode(scratch: &mut Scratch, payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    // Taken out while nested blocks use the scratch.
    let mut buffers = core::mem::take(&mut scratch.scaled);
    let result = decode_with(scratch, payload, out, &mut buffers);
    scratch.scaled = buffers;
    result
}

fn decode_with(
    scratch: &mut Scratch,
    payload: &[u8],
    out: &mut [u8],
    buffers: &mut ScaledBuffers,
) -> Result<(), EngineError> {
    let mut reader = Reader::new("scaled block", payload);
    let number = reader.number(out.len())?;
    let elements = out.len() / number.width();
    let shape = read_shape(&mut reader, elements)?;
    let (levels, count) = read_levels(&mut reader)?;
    let scales = read_scales(&mut reader, scratch, shape.channels * shape.groups())?;
    let zeros = read_zeros(&mut reader, scratch, scales.len())?;
    let low = plane::decode(&mut reader, elements, &mut buffers.low)?;
    let high = if count > 256 {
        plane::decode(&mut reader, elements, &mut buffers.high)?
    } else {
        &[]
    };
    reader.finish()?;
    let largest = if high.is_empty() {
        low.iter().copied().max().map_or(0, usize::from)
    } else {
        let codes = low
            .iter()
            .zip(high)
            .map(|(&l, &h)| usize::from(l) | usize::from(h) << 8);
        codes.max().unwrap_or(0)
    };
    if largest >= count {
        return Err(corrupt("scaled block", detail!("code {largest} of {count}")));
    }
    let walk = Walk {
        shape,
        scales: &scales,
        zeros: &zeros.values,
        number,
    };
    let row = &mut buffers.row;
    match &levels {
        Levels::Table(table) => {
            let table = table.as_ref();
            walk.by_levels(row, out, move |at, _| table[usize::from(low[at])]);
        }
        Levels::Integers(min) => {
            let shifts: Vec<usize> = zeros.integers.iter().map(|&zero| shift(zero, *min, count)).collect();
            let (min, shifts) = (*min, shifts.as_slice());
            let level = move |code: usize, scale: usize| {
                let code = code + shifts.get(scale).copied().unwrap_or(0);
                let code = if code >= count { code - count } else { code };
                (min + code as i32) as f32
            };
            if high.is_empty() {
                walk.by_levels(row, out, move |at, scale| level(usize::from(low[at]), scale));
            } else {
                let code = move |at: usize| usize::from(low[at]) | usize::from(high[at]) << 8;
                walk.by_levels(row, out, move |at, scale| level(code(at), scale));
            }
        }
    }
    Ok(())
}

/// Appends the weights from one place to another, which have the scale of a number.
type Run<'a> = dyn Fn(&mut Vec<f32>, usize, usize, usize) + 'a;

/// Computes the weights, run after run.
struct Walk<'a> {
    shape: Shape,
    scales: &'a [f32],
    zeros: &'a [f32],
    number: Number,
}

impl Walk<'_> {
    /// `level` is that of the code of a weight, given the number of its scale. `row` is a buffer.
    fn by_levels(&self, row: &mut Vec<f32>, out: &mut [u8], level: impl Fn(usize, usize) -> f32) {
        let (scales, zeros) = (self.scales, self.zeros);
        // Whatever is captured is moved in, or it would be loaded anew for every weight.
        self.by_runs(row, out, &move |row, start, end, index| {
            let scale = scales[index];
            let zero = zeros.get(index).copied().unwrap_or(0.0);
            row.extend((start..end).map(|at| (level(at, index) - zero) * scale));
        });
    }

    fn by_runs(&self, row: &mut Vec<f32>, out: &mut [u8], weights: &Run) {
        // One slice of the outer dimension at a time.
        let slice = self.shape.channels * self.shape.inner;
        let mut targets = out.chunks_exact_mut(slice * self.number.width());
        row.clear();
        self.shape.runs(|start, end, index| {
            weights(row, start, end, index);
            if row.len() == slice
                && let Some(target) = targets.next()
            {
                self.number.write(row, target);
                row.clear();
            }
        });
    }
}

fn read_shape(reader: &mut Reader, elements: usize) -> Result<Shape, EngineError> {
    let (outer, channels, inner, group) = (reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?);
    let product = outer.checked_mul(channels).and_then(|p| p.checked_mul(inner));
    if product != Some(elements) || elements == 0 || group == 0 {
        return Err(reader.corrupt(detail!(
            "{outer} by {channels} by {inner} weights in groups of {group}, expected {elements} weights"
        )));
    }
    Ok(Shape {
        outer,
        channels,
        inner,
        group: group.min(outer * inner),
    })
}

fn read_levels(reader: &mut Reader) -> Result<(Levels, usize), EngineError> {
    match reader.u8()? {
        0 => {
            let min = reader.u32()? as u32 as i32;
            let count = usize::from(reader.u16()?) + 1;
            // No overflow: the magnitude is bounded first.
            if min.unsigned_abs() > MAX_INTEGER || (min + count as i32 - 1).unsigned_abs() > MAX_INTEGER {
                return Err(reader.corrupt(detail!("{count} integers from {min} on")));
            }
            Ok((Levels::Integers(min), count))
        }
        1 => {
            let count = usize::from(reader.u8()?) + 1;
            let mut table = Box::new([0.0; MAX_TABLE]);
            for (slot, bytes) in table.iter_mut().zip(reader.take(count * 4)?.chunks_exact(4)) {
                *slot = single(bytes);
            }
            check(reader, table.as_slice())?;
            Ok((Levels::Table(table), count))
        }
        other => Err(reader.corrupt(detail!("levels of kind {other}, expected 0 or 1"))),
    }
}

fn single(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Levels and zeros must be such that neither their difference nor its product with a finite scale is no number.
fn check(reader: &Reader, values: &[f32]) -> Result<(), EngineError> {
    // NaN is refused, too.
    if values.iter().all(|value| value.abs() <= MAX_LEVEL) {
        return Ok(());
    }
    Err(reader.corrupt("a level or zero out of range"))
}

/// A nested block behind its length, decoded to `len` bytes of `buffer`.
pub(in crate::block) fn read_nested<'a>(
    reader: &mut Reader,
    scratch: &mut Scratch,
    len: usize,
    nested: Nested,
    buffer: &'a mut Vec<u8>,
) -> Result<&'a [u8], EngineError> {
    let encoded = reader.u32()?;
    let block = reader.take(encoded)?;
    let target = buffer::at_least(buffer, len);
    if len > 0 {
        scratch.decode(block, target, nested)?;
    } else if !block.is_empty() {
        return Err(reader.corrupt("a block of nothing"));
    }
    Ok(target)
}

fn read_scales(reader: &mut Reader, scratch: &mut Scratch, count: usize) -> Result<Vec<f32>, EngineError> {
    let kind = reader.u8()?;
    let mut buffer = scratch.pool.take();
    let scales = read_scales_of(kind, reader, scratch, count, &mut buffer);
    scratch.pool.give(buffer);
    let scales = scales?;
    if scales.iter().all(|scale| scale.is_finite()) {
        return Ok(scales);
    }
    Err(reader.corrupt("a scale that is not finite"))
}

fn read_scales_of(
    kind: u8,
    reader: &mut Reader,
    scratch: &mut Scratch,
    count: usize,
    buffer: &mut Vec<u8>,
) -> Result<Vec<f32>, EngineError> {
    let nested = Nested::IN_SCALED;
    let mut scales = Vec::with_capacity(count);
    match kind {
        0 => Number::Single.read(read_nested(reader, scratch, count * 4, nested, buffer)?, &mut scales),
        1 => Number::Half.read(read_nested(reader, scratch, count * 2, nested, buffer)?, &mut scales),
        2 => Number::Brain.read(read_nested(reader, scratch, count * 2, nested, buffer)?, &mut scales),
        3 => {
            let codes = read_nested(reader, scratch, count, nested, buffer)?;
            scales.extend(codes.iter().map(|&code| power_of_two(code)));
        }
        4 => {
            let global = single(reader.take(4)?);
            let codes = read_nested(reader, scratch, count, nested, buffer)?;
            scales.extend(codes.iter().map(|&code| e4m3(code) * global));
        }
        5 => {
            let group = reader.u32()?;
            if group == 0 {
                return Err(reader.corrupt("groups of no scales"));
            }
            let mut steps = Vec::new();
            let len = count.div_ceil(group) * 4;
            Number::Single.read(read_nested(reader, scratch, len, nested, buffer)?, &mut steps);
            let codes = read_nested(reader, scratch, count, nested, buffer)?;
            let groups = codes.chunks(group).zip(&steps);
            for (codes, step) in groups {
                scales.extend(codes.iter().map(|&code| f32::from(code) * step));
            }
        }
        other => return Err(reader.corrupt(detail!("scales of kind {other}, expected 0 to 5"))),
    }
    Ok(scales)
}

/// `2^(code − 127)`; 255, which stands for no number, becomes one that is refused.
fn power_of_two(code: u8) -> f32 {
    match code {
        0 => f32::from_bits(0x0040_0000),
        255 => f32::NAN,
        code => f32::from_bits(u32::from(code) << 23),
    }
}

/// The value of an fp8 E4M3 bit pattern.
fn e4m3(code: u8) -> f32 {
    let (exponent, mantissa) = (u32::from(code >> 3 & 15), u32::from(code & 7));
    let magnitude = match (exponent, mantissa) {
        (15, 7) => f32::NAN,
        (0, mantissa) => mantissa as f32 * (1.0 / 512.0),
        _ => f32::from_bits((exponent + 120) << 23 | mantissa << 20),
    };
    if code & 0x80 == 0 { magnitude } else { -magnitude }
}

/// Zero points: as many as there are scales, or none.
#[derive(Default)]
struct ZeroPoints {
    values: Vec<f32>,
    /// The same, where they are stored as integers.
    integers: Vec<i32>,
}

/// As many zeros as there are scales, or none.
fn read_zeros(reader: &mut Reader, scratch: &mut Scratch, count: usize) -> Result<ZeroPoints, EngineError> {
    let kind = reader.u8()?;
    let mut zeros = ZeroPoints::default();
    if kind == 0 {
        return Ok(zeros);
    }
    let mut buffer = scratch.pool.take();
    let width = if kind == 2 { 2 } else { 4 };
    let bytes = read_nested(reader, scratch, count * width, Nested::IN_SCALED, &mut buffer);
    let result = bytes.and_then(|bytes| match kind {
        1 => {
            let integers = bytes.chunks_exact(4);
            zeros
                .integers
                .extend(integers.map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            zeros
                .values
                .extend(zeros.integers.iter().map(|&integer| integer as f32));
            Ok(())
        }
        2 => {
            Number::Half.read(bytes, &mut zeros.values);
            Ok(())
        }
        3 => {
            Number::Single.read(bytes, &mut zeros.values);
            Ok(())
        }
        other => Err(reader.corrupt(detail!("zeros of kind {other}, expected 0 to 3"))),
    });
    scratch.pool.give(buffer);
    result?;
    check(reader, &zeros.values)?;
    Ok(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_floats_have_their_values() {
        assert_eq!(power_of_two(127), 1.0);
        assert_eq!(power_of_two(0), f32::MIN_POSITIVE / 2.0);
        assert!(power_of_two(255).is_nan());
        let known = [
            (0x00, 0.0),
            (0x01, 1.0 / 512.0),
            (0x08, 1.0 / 64.0),
            (0x38, 1.0),
            (0x7e, 448.0),
            (0xb8, -1.0),
        ];
        for (code, value) in known {
            assert_eq!(e4m3(code), value, "{code:#04x}");
        }
        assert!(e4m3(0x7f).is_nan() && e4m3(0xff).is_nan());
    }
}
