//! Encodes and decodes single blocks, of numbers that look random.

use tensorpress_engine::codec::{Effort, Kind, Layout, Scratch, decode_block, encode_block};

pub const EFFORTS: [Effort; 3] = [Effort::Fast, Effort::Default, Effort::Max];

/// A small generator of numbers that look random.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About a normal distribution of this deviation: a sum of twelve.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.unit()).sum();
        (sum - 6.0) * deviation
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    pub fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.normal(0.05) as f32).collect()
    }
}

/// fp16 by truncation, for values that are normal in it.
pub fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = (bits >> 23 & 255) as i32 - 112;
    if exponent <= 0 {
        0
    } else {
        ((bits >> 16 & 0x8000) | (exponent as u32) << 10 | (bits >> 13 & 1023)) as u16
    }
}

pub fn encode(layout: Layout, effort: Effort, raw: &[u8]) -> Vec<u8> {
    let mut out = vec![0xA5; 3];
    encode_block(layout, effort, raw, &mut out, &mut Scratch::new());
    assert_eq!(out[..3], [0xA5; 3]);
    out.split_off(3)
}

/// Encodes, decodes, compares; gives the encoded block.
pub fn check(layout: Layout, effort: Effort, raw: &[u8]) -> Vec<u8> {
    let encoded = encode(layout, effort, raw);
    assert!(
        encoded.len() <= raw.len() + 1,
        "{layout:?} {effort:?}: {} bytes from {}",
        encoded.len(),
        raw.len()
    );
    let mut out = vec![0xA5; raw.len()];
    decode_block(layout, &encoded, &mut out, &mut Scratch::new()).unwrap();
    assert!(out == raw, "{layout:?} {effort:?} of {} bytes", raw.len());
    encoded
}

pub fn kind(encoded: &[u8]) -> Kind {
    Kind::from_byte(encoded[0]).unwrap()
}

/// Checks all efforts: the kind, and that a block shrinks to less than `most` of what it was.
#[track_caller]
pub fn expect(layout: Layout, raw: &[u8], expected: Kind, most: f64) {
    for effort in EFFORTS {
        let encoded = check(layout, effort, raw);
        let share = encoded.len() as f64 / raw.len() as f64;
        assert_eq!(kind(&encoded), expected, "{effort:?}, {share:.3} of the size");
        assert!(share <= most, "{effort:?}: {share:.4}, expected at most {most}");
    }
}
