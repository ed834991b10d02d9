use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn gather_and_scatter_are_inverse(stride in 1usize..=9, bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let elements = bytes.len() / stride;
        let src = &bytes[..elements * stride];
        let mut planes = vec![vec![0u8; elements]; stride];
        for (index, plane) in planes.iter_mut().enumerate() {
            gather_plane(src, stride, index, plane);
            for (element, &byte) in plane.iter().enumerate() {
                prop_assert_eq!(byte, src[element * stride + index]);
            }
        }
        let slices: Vec<&[u8]> = planes.iter().map(Vec::as_slice).collect();
        let mut dst = vec![0u8; src.len()];
        scatter_planes(&slices, &mut dst);
        prop_assert_eq!(dst, src);
    }
}
