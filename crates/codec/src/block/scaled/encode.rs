//! From codes and scales to a scaled block.

use super::super::effort::Effort;
use super::super::kind::Kind;
use super::super::number::Number;
use super::super::{Layout, Nested, Scratch, plane};
use super::{MAX_INTEGER, MAX_LEVEL, MAX_TABLE, Shape, shift};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use tensorpress_transforms::{Levels, Scaled, Scales, Zeros};

/// Appends a block; or appends what is to be dropped and says so where it cannot hold `scaled`.
#[must_use]
pub fn encode(scaled: &Scaled, number: Number, effort: Effort, out: &mut Vec<u8>, scratch: &mut Scratch) -> bool {
    if !holds(scaled) {
        return false;
    }
    out.extend_from_slice(&[Kind::Scaled as u8, number as u8]);
    let grouping = scaled.grouping;
    for dimension in [grouping.outer, grouping.channels, grouping.inner, grouping.group] {
        // A group beyond 2^32 is the whole channel all the same.
        out.extend_from_slice(&u32::try_from(dimension).unwrap_or(u32::MAX).to_le_bytes());
    }
    match &scaled.levels {
        Levels::Integers { min, max } => {
            out.push(0);
            out.extend_from_slice(&min.to_le_bytes());
            out.extend_from_slice(&((max - min) as u16).to_le_bytes());
        }
        Levels::Table(table) => {
            out.extend_from_slice(&[1, (table.len() - 1) as u8]);
            out.extend(table.iter().flat_map(|level| level.to_le_bytes()));
        }
    }
    write_scales(&scaled.scales, effort, out, scratch);
    write_zeros(&scaled.zeros, effort, out, scratch);
    let codes = stored_codes(scaled);
    let low: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
    plane::encode(&low, effort, out);
    if scaled.levels.len() > 256 {
        let high: Vec<u8> = codes.iter().map(|&code| (code >> 8) as u8).collect();
        plane::encode(&high, effort, out);
    }
    true
}

/// The codes as the block has them: counted from their zeros, where both are integers.
fn stored_codes(scaled: &Scaled) -> Cow<'_, [u16]> {
    let (Levels::Integers { min, .. }, Zeros::Integers(zeros)) = (&scaled.levels, &scaled.zeros) else {
        return Cow::Borrowed(&scaled.codes);
    };
    let (mut codes, count) = (scaled.codes.clone(), scaled.levels.len());
    let grouping = scaled.grouping;
    let shape = Shape {
        outer: grouping.outer,
        channels: grouping.channels,
        inner: grouping.inner,
        group: grouping.group,
    };
    shape.runs(|start, end, index| {
        let shift = shift(zeros[index], *min, count);
        for code in &mut codes[start..end] {
            let below = usize::from(*code) + count - shift;
            *code = (if below >= count { below - count } else { below }) as u16;
        }
    });
    Cow::Owned(codes)
}

/// Whether the block's fields have room for everything, and the decoder would take it.
fn holds(scaled: &Scaled) -> bool {
    let Scaled {
        codes,
        levels,
        grouping,
        scales,
        zeros,
    } = scaled;
    let count = levels.len();
    let fine = match levels {
        Levels::Integers { min, max } => {
            (1..=65_536).contains(&count) && min.unsigned_abs() <= MAX_INTEGER && max.unsigned_abs() <= MAX_INTEGER
        }
        Levels::Table(table) => (1..=MAX_TABLE).contains(&count) && table.iter().all(|level| level.abs() <= MAX_LEVEL),
    };
    let expected = grouping.scales();
    let scales = match scales {
        Scales::F32(scales) => scales.len(),
        Scales::F16(bits) | Scales::Bf16(bits) => bits.len(),
        Scales::E8m0(codes) | Scales::E4m3 { codes, .. } => codes.len(),
        Scales::Double { codes, group, steps } if *group > 0 && steps.len() == codes.len().div_ceil(*group) => {
            codes.len()
        }
        Scales::Double { .. } => return false,
    };
    let zeros = match zeros {
        Zeros::None => expected,
        Zeros::Integers(zeros) => zeros.len(),
        Zeros::F16(bits) => bits.len(),
        Zeros::F32(zeros) => zeros.len(),
    };
    let sized = codes.len() == grouping.len() && !codes.is_empty() && scales == expected && zeros == expected;
    fine && sized && codes.iter().all(|&code| usize::from(code) < count)
}

fn write_scales(scales: &Scales, effort: Effort, out: &mut Vec<u8>, scratch: &mut Scratch) {
    let nested = Nested::IN_SCALED;
    match scales {
        Scales::F32(values) => {
            out.push(0);
            write_nested(&singles(values), Layout::F32, nested, effort, out, scratch);
        }
        Scales::F16(bits) => {
            out.push(1);
            write_nested(&words(bits), Layout::F16, nested, effort, out, scratch);
        }
        Scales::Bf16(bits) => {
            out.push(2);
            write_nested(&words(bits), Layout::Bf16, nested, effort, out, scratch);
        }
        Scales::E8m0(codes) => {
            out.push(3);
            write_nested(codes, Layout::U8, nested, effort, out, scratch);
        }
        Scales::E4m3 { codes, global } => {
            out.push(4);
            out.extend_from_slice(&global.to_le_bytes());
            write_nested(codes, Layout::U8, nested, effort, out, scratch);
        }
        Scales::Double { codes, group, steps } => {
            out.push(5);
            out.extend_from_slice(&u32::try_from(*group).unwrap_or(u32::MAX).to_le_bytes());
            write_nested(&singles(steps), Layout::F32, nested, effort, out, scratch);
            write_nested(codes, Layout::U8, nested, effort, out, scratch);
        }
    }
}

fn write_zeros(zeros: &Zeros, effort: Effort, out: &mut Vec<u8>, scratch: &mut Scratch) {
    let nested = Nested::IN_SCALED;
    match zeros {
        Zeros::None => out.push(0),
        Zeros::Integers(zeros) => {
            out.push(1);
            let bytes: Vec<u8> = zeros.iter().flat_map(|zero| zero.to_le_bytes()).collect();
            write_nested(&bytes, Layout::W4, nested, effort, out, scratch);
        }
        Zeros::F16(bits) => {
            out.push(2);
            write_nested(&words(bits), Layout::F16, nested, effort, out, scratch);
        }
        Zeros::F32(zeros) => {
            out.push(3);
            write_nested(&singles(zeros), Layout::F32, nested, effort, out, scratch);
        }
    }
}

fn singles(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn words(bits: &[u16]) -> Vec<u8> {
    bits.iter().flat_map(|bits| bits.to_le_bytes()).collect()
}

/// Appends a nested block behind its length.
pub(in crate::block) fn write_nested(
    raw: &[u8],
    layout: Layout,
    nested: Nested,
    effort: Effort,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if !raw.is_empty() {
        scratch.encode(raw, layout, nested, effort, out);
    }
    let len = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
}
