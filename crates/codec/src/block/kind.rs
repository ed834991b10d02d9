//! The first byte of an encoded block.

use crate::EngineError;
use crate::error::unsupported;

/// The kinds of blocks of docs/FORMAT.md, section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The bytes themselves.
    Stored = 0,
    /// One value, repeated.
    Constant = 1,
    /// A raw DEFLATE stream.
    Deflate = 2,
    /// Exponents and leading mantissa bits coded, the rest in planes.
    Float = 3,
    /// One coded plane a byte of the element.
    Planes = 4,
    /// Few distinct values, and indices.
    Palette = 5,
    /// Many zeros: a mask and the other elements.
    Sparse = 6,
    /// Elements that are exact in a narrower type.
    Narrow = 7,
    /// Two sorts of elements in groups, each a block of its own.
    Mixed = 8,
    /// Codes with scales.
    Scaled = 9,
    /// Points of a grid.
    Grid = 10,
    /// A product of two thin matrices.
    LowRank = 11,
}

/// All kinds, in the order of their bytes.
const KINDS: [Kind; 12] = [
    Kind::Stored,
    Kind::Constant,
    Kind::Deflate,
    Kind::Float,
    Kind::Planes,
    Kind::Palette,
    Kind::Sparse,
    Kind::Narrow,
    Kind::Mixed,
    Kind::Scaled,
    Kind::Grid,
    Kind::LowRank,
];

impl Kind {
    /// The kind that a first byte names.
    pub fn from_byte(byte: u8) -> Result<Self, EngineError> {
        KINDS
            .get(usize::from(byte))
            .copied()
            .ok_or_else(|| unsupported(detail!("block of kind {byte}; this build knows 0 to 11")))
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Constant => "constant",
            Self::Deflate => "deflate",
            Self::Float => "float",
            Self::Planes => "planes",
            Self::Palette => "palette",
            Self::Sparse => "sparse",
            Self::Narrow => "narrow",
            Self::Mixed => "mixed",
            Self::Scaled => "scaled",
            Self::Grid => "grid",
            Self::LowRank => "low rank",
        }
    }
}
