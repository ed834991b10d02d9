use super::histogram;
use proptest::prelude::*;

proptest! {
    #[test]
    fn counts_every_byte(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut expected = [0u32; 256];
        bytes.iter().for_each(|&byte| expected[usize::from(byte)] += 1);
        prop_assert_eq!(histogram(&bytes), expected);
    }
}
