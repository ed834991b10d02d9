//! Random input for the kernels' tests, the same on every target.

/// Seeded generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 ^ self.0 >> 29)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// A value like a weight's: bell-shaped, most within ±0.1.
    pub(crate) fn weight(&mut self) -> f32 {
        let sum: u64 = (0..4).map(|_| self.below(1 << 22)).sum();
        (sum as f32 / (1u64 << 23) as f32 - 1.0) * 0.1
    }

    /// Values of one of several mixes: like weights; with zeros; with anything a file can hold, NaNs included.
    pub(crate) fn floats(&mut self, length: usize) -> Vec<f32> {
        let odd_ones = [0, 8, 2][self.below(3) as usize];
        (0..length)
            .map(|_| {
                if odd_ones == 0 || self.below(odd_ones) != 0 {
                    return self.weight();
                }
                match self.below(9) {
                    0 | 1 => 0.0,
                    2 => -0.0,
                    3 => f32::from_bits(self.next() as u32 & 0x807f_ffff),
                    4 => f32::INFINITY,
                    5 => f32::NEG_INFINITY,
                    6 => f32::from_bits(0x7f80_0001 + (self.next() as u32 >> 10)),
                    7 => self.below(65536) as f32 * 0.5 - 16384.0,
                    _ => f32::from_bits(self.next() as u32),
                }
            })
            .collect()
    }
}
