//! Kind 4: one coded plane for each byte of an element.

use super::effort::Effort;
use super::kind::Kind;
use super::reader::Reader;
use super::{buffer, plane};
use crate::EngineError;
use alloc::vec::Vec;
use tensorpress_kernels::planes::{gather_plane, scatter_planes};

/// Widest element.
const MAX_WIDTH: usize = 8;

/// Buffers of both directions.
#[derive(Default)]
pub(super) struct PlanesBuffers([Vec<u8>; MAX_WIDTH]);

/// Appends a block of elements of `width` bytes.
pub(super) fn encode(raw: &[u8], width: usize, effort: Effort, out: &mut Vec<u8>, buffers: &mut PlanesBuffers) {
    out.extend_from_slice(&[Kind::Planes as u8, width as u8]);
    if width == 1 {
        return plane::encode(raw, effort, out);
    }
    let bytes = buffer::at_least(&mut buffers.0[0], raw.len() / width);
    for index in 0..width {
        gather_plane(raw, width, index, bytes);
        plane::encode(bytes, effort, out);
    }
}

/// Decodes into exactly `out`.
pub(super) fn decode(payload: &[u8], out: &mut [u8], buffers: &mut PlanesBuffers) -> Result<(), EngineError> {
    let mut reader = Reader::new("planes block", payload);
    let width = reader.width(&[1, 2, 4, 8], out.len())?;
    if width == 1 {
        plane::decode_into(&mut reader, out)?;
        return reader.finish();
    }
    let elements = out.len() / width;
    let mut planes: [&[u8]; MAX_WIDTH] = [&[]; MAX_WIDTH];
    for (slot, buffer) in planes[..width].iter_mut().zip(&mut buffers.0) {
        *slot = plane::decode(&mut reader, elements, buffer)?;
    }
    reader.finish()?;
    scatter_planes(&planes[..width], out);
    Ok(())
}
