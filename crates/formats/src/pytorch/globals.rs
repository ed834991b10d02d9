//! The classes and functions that a pickle of tensors names, and the element types behind them.

use crate::map::{Dtype, dtype_named};

/// An element type of a storage or tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// As the map has it.
    pub dtype: Dtype,
    /// PyTorch's own name where `dtype` says less; else empty.
    pub type_name: &'static str,
    /// Bytes of an element.
    pub bytes: u64,
}

/// A global that the machine knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global {
    /// `collections.OrderedDict` and the like: empty when made, filled afterwards.
    Dict,
    /// `_rebuild_tensor`, `_rebuild_tensor_v2`, `_rebuild_qtensor`: they start with the same arguments.
    Tensor,
    /// `_rebuild_tensor_v3`, which names the dtype after the first six arguments.
    TypedTensor,
    /// `_rebuild_parameter` and `_rebuild_parameter_with_state`: the first argument is the tensor.
    Parameter,
    /// `_rebuild_from_type_v2`: function, type, the function's arguments, state.
    FromType,
    /// A storage class; `None` for untyped bytes.
    Storage(Option<Element>),
    /// A dtype such as `torch.float8_e4m3fn`.
    Dtype(Element),
    /// Anything else: becomes a placeholder when called.
    Unknown,
}

/// Looks a global up.
pub fn lookup(module: &str, name: &str) -> Global {
    match (module, name) {
        ("collections", "OrderedDict") => Global::Dict,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_qtensor") => Global::Tensor,
        ("torch._utils", "_rebuild_tensor_v3") => Global::TypedTensor,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Global::Parameter,
        ("torch._tensor", "_rebuild_from_type_v2") => Global::FromType,
        ("torch" | "torch.storage", "UntypedStorage") => Global::Storage(None),
        ("torch" | "torch.cuda" | "torch.storage", _) => match name.strip_suffix("Storage") {
            Some(kind) => storage_element(kind).map_or(Global::Unknown, |e| Global::Storage(Some(e))),
            None => dtype_element(name).map_or(Global::Unknown, Global::Dtype),
        },
        _ => Global::Unknown,
    }
}

/// Names of storages before `Storage`.
const STORAGES: &[(&str, Dtype)] = &[
    ("Double", Dtype::F64),
    ("Float", Dtype::F32),
    ("Half", Dtype::F16),
    ("BFloat16", Dtype::Bf16),
    ("Long", Dtype::I64),
    ("Int", Dtype::I32),
    ("Short", Dtype::I16),
    ("Char", Dtype::I8),
    ("Byte", Dtype::U8),
    ("Bool", Dtype::Bool),
    ("ComplexFloat", Dtype::C64),
    ("ComplexDouble", Dtype::C128),
];
/// Names of dtypes.
const DTYPES: &[(&str, Dtype)] = &[
    ("float64", Dtype::F64),
    ("float32", Dtype::F32),
    ("float16", Dtype::F16),
    ("bfloat16", Dtype::Bf16),
    ("float8_e4m3fn", Dtype::F8E4m3),
    ("float8_e4m3fnuz", Dtype::F8E4m3Fnuz),
    ("float8_e5m2", Dtype::F8E5m2),
    ("float8_e5m2fnuz", Dtype::F8E5m2Fnuz),
    ("float8_e8m0fnu", Dtype::F8E8m0),
    ("int64", Dtype::I64),
    ("int32", Dtype::I32),
    ("int16", Dtype::I16),
    ("int8", Dtype::I8),
    ("uint64", Dtype::U64),
    ("uint32", Dtype::U32),
    ("uint16", Dtype::U16),
    ("uint8", Dtype::U8),
    ("bool", Dtype::Bool),
    ("complex64", Dtype::C64),
    ("complex128", Dtype::C128),
];

/// A type whose own name says all.
fn plain(dtype: Dtype) -> Element {
    named(dtype, "", u64::from(dtype.bits().unwrap_or(8)) / 8)
}

fn named(dtype: Dtype, type_name: &'static str, bytes: u64) -> Element {
    Element {
        dtype,
        type_name,
        bytes,
    }
}

fn storage_element(kind: &str) -> Option<Element> {
    match kind {
        "QInt8" => Some(named(Dtype::I8, "qint8", 1)),
        "QUInt8" => Some(named(Dtype::U8, "quint8", 1)),
        "QInt32" => Some(named(Dtype::I32, "qint32", 4)),
        _ => dtype_named(STORAGES, kind).map(plain),
    }
}

fn dtype_element(name: &str) -> Option<Element> {
    match name {
        // An element of this dtype is a byte with two numbers.
        "float4_e2m1fn_x2" => Some(named(Dtype::U8, "float4_e2m1fn_x2", 1)),
        "complex32" => Some(named(Dtype::Opaque, "complex32", 4)),
        _ => dtype_named(DTYPES, name).map(plain),
    }
}
