//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    for bits in 1..=8u32 {
        let count = random.below(300) as usize;
        let codes = random.bytes(count);
        let mask = (0xff >> (8 - bits)) as u8;
        let mut expected = vec![0u8; (count * bits as usize).div_ceil(8)];
        for (index, code) in codes.iter().enumerate() {
            for bit in 0..bits as usize {
                let at = index * bits as usize + bit;
                expected[at / 8] |= (code >> bit & 1) << (at % 8);
            }
        }
        if packed_len(count, bits) != Some(expected.len()) {
            return Err(format!("length of {count} codes of {bits} bits"));
        }
        let mut packed = vec![0xA5; expected.len()];
        pack(bits, &codes, &mut packed);
        if packed != expected {
            return Err(format!("packed {packed:?}, not {expected:?}: {bits} bits of {codes:?}"));
        }
        let mut unpacked = vec![0xA5; count];
        unpack(bits, &packed, &mut unpacked);
        let expected: Vec<u8> = codes.iter().map(|code| code & mask).collect();
        if unpacked != expected {
            return Err(format!("unpacked {unpacked:?}, not {expected:?} of {bits} bits"));
        }
        // What follows the last code is of no account to the reader.
        if let Some(last) = packed.last_mut() {
            let used = (count * bits as usize).wrapping_sub(1) % 8 + 1;
            *last |= (0xffu32 << used) as u8;
            unpack(bits, &packed, &mut unpacked);
            if unpacked != expected {
                return Err(format!("unpacked {unpacked:?} for what follows the last code"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(7);
        for _ in 0..300 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn lengths_do_not_overflow() {
        assert_eq!(packed_len(usize::MAX, 8), Some(usize::MAX));
        assert_eq!(packed_len(usize::MAX, 1), Some(usize::MAX / 8 + 1));
        assert_eq!(packed_len(usize::MAX, 9), None);
    }
}
