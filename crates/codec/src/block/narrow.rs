//! Kind 7: elements that are exact in a narrower type, bit for bit.

use super::double::{double_to_single, single_to_double};
use super::effort::Effort;
use super::kind::Kind;
use super::reader::Reader;
use super::{Layout, Nested, Scratch, buffer};
use crate::EngineError;
use alloc::vec::Vec;
use tensorpress_kernels::floats::{half_to_single, single_to_half};
use tensorpress_kernels::words::Word;

/// What is narrowed to what. The numbers are those of FORMAT.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Target {
    /// fp32 to fp16.
    Half = 0,
    /// fp32 to bf16.
    Bfloat = 1,
    /// fp64 to fp32.
    Single = 2,
}

impl Target {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Half, Self::Bfloat, Self::Single].get(usize::from(byte)).copied()
    }

    fn widths(self) -> (usize, usize) {
        match self {
            Self::Half | Self::Bfloat => (4, 2),
            Self::Single => (8, 4),
        }
    }

    fn layout(self) -> Layout {
        match self {
            Self::Half => Layout::F16,
            Self::Bfloat => Layout::Bf16,
            Self::Single => Layout::F32,
        }
    }
}

fn half_of(wide: u32) -> Option<u16> {
    let half = single_to_half(wide);
    (half_to_single(half) == wide).then_some(half)
}

fn bfloat_of(wide: u32) -> Option<u16> {
    (wide & 0xffff == 0).then_some((wide >> 16) as u16)
}

fn single_of(wide: u64) -> Option<u32> {
    let single = double_to_single(wide);
    (single_to_double(single) == Some(wide)).then_some(single)
}

/// The narrowest type in which all of `raw` is exact.
pub(super) fn target(raw: &[u8], layout: Layout) -> Option<Target> {
    match layout {
        Layout::F32 if all::<u32>(raw, |wide| bfloat_of(wide).is_some()) => Some(Target::Bfloat),
        Layout::F32 if all::<u32>(raw, |wide| half_of(wide).is_some()) => Some(Target::Half),
        Layout::F64 if all::<u64>(raw, |wide| single_of(wide).is_some()) => Some(Target::Single),
        _ => None,
    }
}

fn all<W: Word>(raw: &[u8], exact: impl Fn(W) -> bool) -> bool {
    raw.chunks_exact(W::BYTES).all(|element| exact(W::read(element)))
}

/// Appends a block of `raw`, all of which is exact in `target`.
pub(super) fn encode(scratch: &mut Scratch, raw: &[u8], target: Target, effort: Effort, out: &mut Vec<u8>) {
    let mut narrowed = scratch.pool.take();
    let (wide, narrow) = target.widths();
    let bytes = buffer::at_least(&mut narrowed, raw.len() / wide * narrow);
    match target {
        Target::Half => convert::<u32, u16>(raw, bytes, single_to_half),
        Target::Bfloat => convert::<u32, u16>(raw, bytes, |wide| (wide >> 16) as u16),
        Target::Single => convert::<u64, u32>(raw, bytes, double_to_single),
    }
    out.extend_from_slice(&[Kind::Narrow as u8, target as u8]);
    scratch.encode(bytes, target.layout(), Nested::IN_NARROW, effort, out);
    scratch.pool.give(narrowed);
}

/// Decodes into exactly `out`.
pub(super) fn decode(scratch: &mut Scratch, payload: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
    let mut reader = Reader::new("narrow block", payload);
    let byte = reader.u8()?;
    let target = Target::from_byte(byte)
        .filter(|target| out.len().is_multiple_of(target.widths().0))
        .ok_or_else(|| reader.corrupt(detail!("narrowing {byte} of {} bytes", out.len())))?;
    let (wide, narrow) = target.widths();
    let mut narrowed = scratch.pool.take();
    let bytes = buffer::at_least(&mut narrowed, out.len() / wide * narrow);
    let mut result = scratch.decode(reader.remaining(), bytes, Nested::IN_NARROW);
    if result.is_ok() {
        match target {
            Target::Half => convert::<u16, u32>(bytes, out, half_to_single),
            Target::Bfloat => convert::<u16, u32>(bytes, out, |narrow| u32::from(narrow) << 16),
            Target::Single => {
                let mut subnormal = false;
                convert::<u32, u64>(bytes, out, |narrow| {
                    let wide = single_to_double(narrow);
                    subnormal |= wide.is_none();
                    wide.unwrap_or_default()
                });
                if subnormal {
                    result = Err(reader.corrupt("a subnormal fp32, which no encoder narrows to"));
                }
            }
        }
    }
    scratch.pool.give(narrowed);
    result
}

#[inline(always)]
fn convert<A: Word, B: Word>(from: &[u8], to: &mut [u8], mut each: impl FnMut(A) -> B) {
    for (source, target) in from.chunks_exact(A::BYTES).zip(to.chunks_exact_mut(B::BYTES)) {
        each(A::read(source)).write(target);
    }
}
