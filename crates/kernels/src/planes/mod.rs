//! Per-byte planes of elements of any size: a transpose.

#[cfg(test)]
mod tests;

/// Copies byte `index` of every `stride`-byte element of `src` to `dst`.
///
/// # Panics
/// Unless `src` is exactly one element for each byte of `dst` and `index < stride`.
pub fn gather_plane(src: &[u8], stride: usize, index: usize, dst: &mut [u8]) {
    assert!(index < stride && src.len() == dst.len() * stride, "one element a byte");
    match stride {
        1 => dst.copy_from_slice(src),
        2 => gather_fixed::<2>(src, index, dst),
        4 => gather_fixed::<4>(src, index, dst),
        8 => gather_fixed::<8>(src, index, dst),
        _ => src
            .chunks_exact(stride)
            .zip(dst)
            .for_each(|(element, byte)| *byte = element[index]),
    }
}

fn gather_fixed<const N: usize>(src: &[u8], index: usize, dst: &mut [u8]) {
    for (element, byte) in src.as_chunks::<N>().0.iter().zip(dst) {
        *byte = element[index];
    }
}

/// Interleaves `planes` (the bytes of index 0 first) into elements of as many bytes as there are planes.
///
/// # Panics
/// Unless all planes have the same length and `dst` is exactly filled by them.
pub fn scatter_planes(planes: &[&[u8]], dst: &mut [u8]) {
    let elements = planes.first().map_or(0, |plane| plane.len());
    assert!(
        planes.iter().all(|plane| plane.len() == elements),
        "planes of one length"
    );
    assert_eq!(dst.len(), elements * planes.len(), "one element a byte of each plane");
    match *planes {
        [a, b] => scatter_fixed::<2>([a, b], dst),
        [a, b, c, d] => scatter_fixed::<4>([a, b, c, d], dst),
        [a, b, c, d, e, f, g, h] => scatter_fixed::<8>([a, b, c, d, e, f, g, h], dst),
        _ => {
            for (index, element) in dst.chunks_exact_mut(planes.len().max(1)).enumerate() {
                for (byte, plane) in element.iter_mut().zip(planes) {
                    *byte = plane[index];
                }
            }
        }
    }
}

fn scatter_fixed<const N: usize>(planes: [&[u8]; N], dst: &mut [u8]) {
    let elements = dst.as_chunks_mut::<N>().0;
    let planes = planes.map(|plane| &plane[..elements.len()]);
    for (index, element) in elements.iter_mut().enumerate() {
        *element = core::array::from_fn(|byte| planes[byte][index]);
    }
}
