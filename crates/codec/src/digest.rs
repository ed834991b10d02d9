//! The hashes of the container: XXH3-64 for blocks, XXH3-128 for whole files; seed 0, default secret.

use alloc::string::String;
use tensorpress_kernels::xxh3;

/// XXH3-64 of `bytes`.
pub fn xxh3_64(bytes: &[u8]) -> u64 {
    xxh3::hash64(bytes)
}

/// Streaming XXH3-128 of an original file.
#[derive(Default)]
pub struct FileDigest(xxh3::Hasher128);

impl FileDigest {
    /// A digest of no bytes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes so far.
    pub fn finish(&self) -> u128 {
        self.0.digest()
    }
}

/// XXH3-128 of `bytes`.
pub fn xxh3_128(bytes: &[u8]) -> u128 {
    xxh3::hash128(bytes)
}

/// 32 hexadecimal digits, most significant first.
pub fn to_hex(digest: u128) -> String {
    let mut text = String::with_capacity(32);
    for byte in digest.to_be_bytes() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}

/// The inverse of [`to_hex`].
pub fn from_hex(text: &str) -> Option<u128> {
    let plain = text.len() == 32 && text.bytes().all(|c| c.is_ascii_hexdigit());
    if plain {
        u128::from_str_radix(text, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // Published check values of XXH3 for the empty input.
        assert_eq!(xxh3_64(b""), 0x2d06800538d394c2);
        assert_eq!(xxh3_128(b""), 0x99aa06d3014798d86001c324468d497f);
    }

    #[test]
    fn streaming_equals_one_shot() {
        let bytes: Vec<u8> = (0..5000u32).map(|i| ((i * i) >> 3) as u8).collect();
        for cut in [0, 1, 255, 256, 257, 1024, 4999, 5000] {
            let mut digest = FileDigest::new();
            digest.update(&bytes[..cut]);
            digest.update(&bytes[cut..]);
            assert_eq!(digest.finish(), xxh3_128(&bytes), "cut at {cut}");
        }
    }

    #[test]
    fn hex_round_trips_and_refuses() {
        let digest = xxh3_128(b"weights");
        assert_eq!(from_hex(&to_hex(digest)), Some(digest));
        for bad in [
            "",
            "12",
            "+1aa06d3014798d86001c324468d497f",
            "zzaa06d3014798d86001c324468d497f",
        ] {
            assert_eq!(from_hex(bad), None);
        }
    }
}
