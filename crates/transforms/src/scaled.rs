//! Codes with scales: what integer, small-float, binary and ternary quantizers give.

use crate::Grouping;
use tensorpress_kernels::levels;

/// A weight is `(level(code) − zero) · scale`, computed in fp32, with the zero and the scale of its group.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaled {
    /// One a weight, each below `levels.len()`.
    pub codes: Vec<u16>,
    /// What a code stands for.
    pub levels: Levels,
    /// Which weights share a scale.
    pub grouping: Grouping,
    /// The scales, `grouping.scales()` of them.
    pub scales: Scales,
    /// The zeros, as many, or none.
    pub zeros: Zeros,
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// Code `c` is the integer `min + c`; both ends belong to the range.
    Integers {
        /// The integer of code 0.
        min: i32,
        /// The integer of the last code; at most 65,535 above `min`.
        max: i32,
    },
    /// Code `c` is the value `table[c]`, such as those of NF4, E2M1 or {−1, 1}. At most 256 values.
    Table(Vec<f32>),
}

impl Levels {
    /// Number of codes.
    pub fn len(&self) -> usize {
        match self {
            Levels::Integers { min, max } => (i64::from(*max) - i64::from(*min) + 1).max(0) as usize,
            Levels::Table(table) => table.len(),
        }
    }

    /// Whether there is no code.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a code.
    pub fn value(&self, code: u16) -> f32 {
        match self {
            Levels::Integers { min, .. } => (min + i32::from(code)) as f32,
            Levels::Table(table) => table[usize::from(code)],
        }
    }

    /// The same for the loops that restore weights.
    pub(crate) fn kernel(&self) -> levels::Levels {
        match self {
            Levels::Integers { min, max } => levels::Levels::Integers {
                min: *min,
                last: (max - min) as u16,
            },
            Levels::Table(table) => levels::Levels::table(table),
        }
    }
}

/// Scales as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Scales {
    /// fp32.
    F32(Vec<f32>),
    /// fp16 bit patterns.
    F16(Vec<u16>),
    /// bf16 bit patterns.
    Bf16(Vec<u16>),
    /// Powers of two: `2^(code − 127)`, as MXFP4 has them.
    E8m0(Vec<u8>),
    /// fp8 E4M3 bit patterns times one fp32, as NVFP4 has them.
    E4m3 {
        /// Bit patterns.
        codes: Vec<u8>,
        /// What all are multiplied by.
        global: f32,
    },
    /// Scales quantized themselves: scale `i` is `codes[i] · steps[i / group]`.
    Double {
        /// Quantized scales.
        codes: Vec<u8>,
        /// Scales that share a step; at least 1.
        group: usize,
        /// Steps.
        steps: Vec<f32>,
    },
}

/// Zero points as they are stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Zeros {
    /// All are 0.
    #[default]
    None,
    /// Integers, so that a weight of 0 has a code of its own.
    Integers(Vec<i32>),
    /// fp16 bit patterns.
    F16(Vec<u16>),
    /// fp32.
    F32(Vec<f32>),
}
