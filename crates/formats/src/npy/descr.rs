//! NumPy's element type strings such as `<f4`.

use crate::map::{Dtype, Encoding, dtype_named};

/// Plain types behind the byte order.
const TYPES: &[(&str, Dtype)] = &[
    ("b1", Dtype::Bool),
    ("i1", Dtype::I8),
    ("i2", Dtype::I16),
    ("i4", Dtype::I32),
    ("i8", Dtype::I64),
    ("u1", Dtype::U8),
    ("u2", Dtype::U16),
    ("u4", Dtype::U32),
    ("u8", Dtype::U64),
    ("f2", Dtype::F16),
    ("f4", Dtype::F32),
    ("f8", Dtype::F64),
    ("c8", Dtype::C64),
    ("c16", Dtype::C128),
];

/// What the header's `descr` says of the elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// [`Dtype::Opaque`] for structured, object, string, date and extended types.
    pub dtype: Dtype,
    /// The `descr` itself where `dtype` is opaque.
    pub type_name: String,
    /// Byte order of plain types.
    pub encoding: Encoding,
}

/// Reads a `descr`: a quoted string of a plain type, or anything else, which is opaque.
pub fn element_of(descr: &str) -> Element {
    let quoted = unquoted(descr);
    let plain = quoted.and_then(|d| d.split_at_checked(1)).and_then(|(order, kind)| {
        let dtype = dtype_named(TYPES, kind)?;
        let encoding = match order {
            ">" if dtype.bits() > Some(8) => Encoding::BigEndian,
            "<" | "|" | "=" | ">" => Encoding::Plain,
            _ => return None,
        };
        Some((dtype, encoding))
    });
    match plain {
        Some((dtype, encoding)) => Element {
            dtype,
            type_name: String::new(),
            encoding,
        },
        None => Element {
            dtype: Dtype::Opaque,
            type_name: quoted.unwrap_or(descr).to_owned(),
            encoding: Encoding::Other,
        },
    }
}

/// The text between a quotation mark and the same one.
pub fn unquoted(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [b'\'', .., b'\''] | [b'"', .., b'"'] => text.get(1..text.len() - 1),
        _ => None,
    }
}
