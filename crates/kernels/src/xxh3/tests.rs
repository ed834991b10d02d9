use super::*;
use proptest::prelude::*;
use twox_hash::{XxHash3_64, XxHash3_128};

fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
        .collect()
}

#[test]
fn agrees_at_every_length() {
    let all = bytes(5000);
    for length in 0..=all.len() {
        assert_eq!(
            hash64(&all[..length]),
            XxHash3_64::oneshot(&all[..length]),
            "64 bits of {length} bytes"
        );
        assert_eq!(
            hash128(&all[..length]),
            XxHash3_128::oneshot(&all[..length]),
            "128 bits of {length} bytes"
        );
    }
}

#[test]
fn agrees_on_long_input() {
    for length in [1 << 16, (1 << 16) + 1, (1 << 20) - 1, 1 << 20] {
        let all = bytes(length);
        assert_eq!(hash64(&all), XxHash3_64::oneshot(&all));
        assert_eq!(hash128(&all), XxHash3_128::oneshot(&all));
    }
}

proptest! {
    #[test]
    fn pieces_do_not_matter(pieces in prop::collection::vec(0usize..3000, 0..12)) {
        let all = bytes(pieces.iter().sum());
        let mut hasher = Hasher128::new();
        let mut rest = &all[..];
        for piece in pieces {
            let (head, tail) = rest.split_at(piece);
            hasher.update(head);
            rest = tail;
        }
        prop_assert_eq!(hasher.digest(), XxHash3_128::oneshot(&all));
        // Asking does not disturb.
        prop_assert_eq!(hasher.digest(), XxHash3_128::oneshot(&all));
    }
}
