use super::{histogram, sampled_histogram};
use proptest::prelude::*;

proptest! {
    #[test]
    fn counts_every_byte(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut expected = [0u32; 256];
        bytes.iter().for_each(|&byte| expected[usize::from(byte)] += 1);
        prop_assert_eq!(histogram(&bytes), expected);
    }

    #[test]
    fn samples_whole_runs(bytes in prop::collection::vec(any::<u8>(), 0..2000), run in 1usize..300, every in 1usize..5) {
        let taken: Vec<u8> = bytes.chunks_exact(run).step_by(every).flatten().copied().collect();
        prop_assert_eq!(sampled_histogram(&bytes, run, every), (histogram(&taken), taken.len() as u64));
    }
}
