//! Points of a grid as distances from zero, in steps, and where they are best.

/// Points whose places are looked up; those beyond are at their number.
const MOST: usize = 1024;

/// Where the points of a grid lie.
pub(super) struct Reconstruction {
    offsets: [i8; 3],
    places: Vec<f32>,
}

impl Reconstruction {
    /// With the offsets of [`tensorpress_entropy::grid::Grid`].
    pub(super) fn new(offsets: [i8; 3]) -> Self {
        let place = |point: usize| match point {
            0 => 0.0,
            _ => point as f32 + displacement(offsets[point.min(3) - 1]),
        };
        Self {
            offsets,
            places: (0..MOST).map(place).collect(),
        }
    }

    pub(super) fn offsets(&self) -> [i8; 3] {
        self.offsets
    }

    /// The place of a point.
    #[inline(always)]
    pub(super) fn place(&self, point: u32) -> f32 {
        match self.places.get(point as usize) {
            Some(&place) => place,
            None => point as f32 + displacement(self.offsets[2]),
        }
    }
}

/// What an offset says, in steps.
pub(super) fn displacement(offset: i8) -> f32 {
    f32::from(offset) * (1.0 / 256.0)
}

/// Finds the means of what points stand for.
#[derive(Default)]
pub(super) struct Means {
    /// For the points 1, 2 and all larger ones, the sum of what magnitudes are beyond them.
    pub(super) sums: [f64; 3],
    /// How many these are.
    pub(super) counts: [u64; 3],
}

impl Means {
    /// A weight of this magnitude, in steps, became `point`.
    #[inline(always)]
    pub(super) fn add(&mut self, magnitude: f32, point: u32) {
        if point != 0 {
            let class = (point as usize).min(3) - 1;
            self.sums[class] += f64::from(magnitude) - f64::from(point);
            self.counts[class] += 1;
        }
    }

    /// So many weights became `point`; what their magnitudes are beyond it is in `sums`.
    pub(super) fn count(&mut self, point: u32, times: u32) {
        if point != 0 {
            self.counts[(point as usize).min(3) - 1] += u64::from(times);
        }
    }

    /// The offsets that lessen the error most.
    pub(super) fn offsets(&self) -> [i8; 3] {
        std::array::from_fn(|class| match self.counts[class] {
            0 => 0,
            count => (self.sums[class] / count as f64 * 256.0).round().clamp(-127.0, 127.0) as i8,
        })
    }
}
