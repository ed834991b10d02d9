//! What the elements of a stream are.

#[cfg(feature = "encode")]
use serde::{Deserialize, Serialize};

/// How the bytes of a stream divide into elements. Serialized as docs/FORMAT.md names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "encode", derive(Serialize, Deserialize), serde(rename_all = "lowercase"))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Layout {
    /// Bytes of no known structure.
    #[default]
    Opaque,
    /// Elements of one byte.
    U8,
    /// Integers of two bytes.
    W2,
    /// Integers of four bytes.
    W4,
    /// Integers of eight bytes.
    W8,
    /// IEEE half precision.
    F16,
    /// bfloat16.
    Bf16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
}

#[cfg(feature = "encode")]
tensorpress_json::names!(Layout {
    Opaque: "opaque",
    U8: "u8",
    W2: "w2",
    W4: "w4",
    W8: "w8",
    F16: "f16",
    Bf16: "bf16",
    F32: "f32",
    F64: "f64",
});

impl Layout {
    /// Every layout, in the order of the numbers that decoding jobs have for them.
    pub const ALL: [Layout; 9] = [
        Layout::Opaque,
        Layout::U8,
        Layout::W2,
        Layout::W4,
        Layout::W8,
        Layout::F16,
        Layout::Bf16,
        Layout::F32,
        Layout::F64,
    ];

    /// Bytes of an element.
    pub const fn width(self) -> usize {
        match self {
            Self::Opaque | Self::U8 => 1,
            Self::W2 | Self::F16 | Self::Bf16 => 2,
            Self::W4 | Self::F32 => 4,
            Self::W8 | Self::F64 => 8,
        }
    }

    /// Exponent bits of an element, where it is a float.
    pub const fn exponent_bits(self) -> Option<u32> {
        match self {
            Self::F16 => Some(5),
            Self::Bf16 | Self::F32 => Some(8),
            Self::F64 => Some(11),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Layout::*;

    #[test]
    fn names_are_those_of_the_specification() {
        let all = [Opaque, U8, W2, W4, W8, F16, Bf16, F32, F64];
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(text, r#"["opaque","u8","w2","w4","w8","f16","bf16","f32","f64"]"#);
    }
}
