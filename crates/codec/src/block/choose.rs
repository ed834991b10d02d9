//! Which kind a block becomes, by what its bytes hold.

use super::effort::Effort;
use super::float_format::FloatFormat;
use super::kind::Kind;
use super::{Layout, Nested, Scratch, constant, deflate, encode_stored, float, mixed, narrow, palette, planes, sparse};
use alloc::vec::Vec;

/// Elements of one run of the sample that looks for zeros.
const RUN: usize = 64;
/// Elements that a sample should have at least.
const LEAST_SAMPLE: usize = 2048;
/// The sample holds one run of at most this many.
const EVERY: usize = 64;

impl Scratch {
    /// Appends an encoded block of one of the kinds that `nested` allows: at most one byte more than `raw`.
    pub(super) fn encode(&mut self, raw: &[u8], layout: Layout, nested: Nested, effort: Effort, out: &mut Vec<u8>) {
        let start = out.len();
        if let Some(width) = constant::width(raw) {
            return constant::encode(raw, width, out);
        }
        if !self.encode_elements(raw, layout, nested, effort, out) || out.len() - start > raw.len() {
            out.truncate(start);
            encode_stored(raw, out);
        }
    }

    /// `false` where nothing but storing is left; what was appended then is to be dropped.
    fn encode_elements(
        &mut self,
        raw: &[u8],
        layout: Layout,
        nested: Nested,
        effort: Effort,
        out: &mut Vec<u8>,
    ) -> bool {
        let width = layout.width();
        if !raw.len().is_multiple_of(width) {
            return self.encode_bytes(raw, effort, out);
        }
        match FloatFormat::of(layout) {
            Some(format) => self.encode_floats(raw, layout, format, nested, effort, out),
            None if layout == Layout::Opaque => self.encode_bytes(raw, effort, out),
            None => self.encode_integers(raw, width, effort, out),
        }
    }

    fn encode_floats(
        &mut self,
        raw: &[u8],
        layout: Layout,
        format: FloatFormat,
        nested: Nested,
        effort: Effort,
        out: &mut Vec<u8>,
    ) -> bool {
        if nested.allows(Kind::Narrow)
            && let Some(target) = narrow::target(raw, layout)
        {
            narrow::encode(self, raw, target, effort, out);
            return true;
        }
        let zeros = if nested.allows(Kind::Sparse) {
            paying_zeros(raw, format)
        } else {
            0
        };
        // A palette holds a zero as well as any other value, unless most elements are zero.
        let mostly_zeros = zeros > raw.len() / format.width / 2;
        if !mostly_zeros && palette::encode(raw, format.width, effort, out, &mut self.palette) {
            return true;
        }
        if zeros != 0 {
            sparse::encode(self, raw, layout, effort, out);
            return true;
        }
        if nested.allows(Kind::Mixed) && mixed::encode(self, raw, layout, effort, out) {
            return true;
        }
        if !float::encode(format, effort, raw, out, &mut self.float) {
            planes::encode(raw, format.width, effort, out, &mut self.planes);
        }
        true
    }

    fn encode_integers(&mut self, raw: &[u8], width: usize, effort: Effort, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        if width == 1 || !palette::encode(raw, width, effort, out, &mut self.palette) {
            planes::encode(raw, width, effort, out, &mut self.planes);
        }
        if effort == Effort::Max {
            self.deflate_if_smaller(raw, effort, start, out);
        }
        true
    }

    fn encode_bytes(&mut self, raw: &[u8], effort: Effort, out: &mut Vec<u8>) -> bool {
        let start = out.len();
        planes::encode(raw, 1, effort, out, &mut self.planes);
        if effort == Effort::Max || deflate::promises(&mut self.deflate, raw) {
            self.deflate_if_smaller(raw, effort, start, out);
        }
        true
    }

    /// Replaces the block at `start` of `out` by a deflated one where that is smaller.
    fn deflate_if_smaller(&mut self, raw: &[u8], effort: Effort, start: usize, out: &mut Vec<u8>) {
        let block = out.len();
        let bound = (block - start - 1).min(raw.len());
        if self.deflate.encode(raw, effort, bound, out) {
            out.drain(start..block);
        }
    }
}

/// The number of zeros, if storing them apart saves an eighth of a bit an element, else 0: each zero saves the bits
/// that are not entropy coded.
fn paying_zeros(raw: &[u8], format: FloatFormat) -> usize {
    let raw_bits = format.width * 8 - 1 - format.exponent as usize;
    let pays = |zeros: usize, elements: usize| zeros * raw_bits * 8 > elements;
    let (mut zeros, mut seen) = (0, 0);
    let every = (raw.len() / format.width / LEAST_SAMPLE).clamp(1, EVERY);
    for run in raw.chunks(RUN * format.width).step_by(every) {
        zeros += sparse::zeros(run, format.width);
        seen += run.len() / format.width;
    }
    if !pays(zeros, seen) {
        return 0;
    }
    let zeros = sparse::zeros(raw, format.width);
    if pays(zeros, raw.len() / format.width) {
        zeros
    } else {
        0
    }
}
