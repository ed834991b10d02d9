//! The classes and functions that a pickle of tensors names, and the element types behind them.

use crate::map::Dtype;

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

fn plain(dtype: Dtype) -> Element {
    Element {
        dtype,
        type_name: "",
        bytes: u64::from(dtype.bits().unwrap_or(8)) / 8,
    }
}

fn named(dtype: Dtype, type_name: &'static str, bytes: u64) -> Element {
    Element {
        dtype,
        type_name,
        bytes,
    }
}

fn storage_element(kind: &str) -> Option<Element> {
    Some(match kind {
        "Double" => plain(Dtype::F64),
        "Float" => plain(Dtype::F32),
        "Half" => plain(Dtype::F16),
        "BFloat16" => plain(Dtype::Bf16),
        "Long" => plain(Dtype::I64),
        "Int" => plain(Dtype::I32),
        "Short" => plain(Dtype::I16),
        "Char" => plain(Dtype::I8),
        "Byte" => plain(Dtype::U8),
        "Bool" => plain(Dtype::Bool),
        "ComplexFloat" => plain(Dtype::C64),
        "ComplexDouble" => plain(Dtype::C128),
        "QInt8" => named(Dtype::I8, "qint8", 1),
        "QUInt8" => named(Dtype::U8, "quint8", 1),
        "QInt32" => named(Dtype::I32, "qint32", 4),
        _ => return None,
    })
}

fn dtype_element(name: &str) -> Option<Element> {
    Some(match name {
        "float64" => plain(Dtype::F64),
        "float32" => plain(Dtype::F32),
        "float16" => plain(Dtype::F16),
        "bfloat16" => plain(Dtype::Bf16),
        "float8_e4m3fn" => plain(Dtype::F8E4m3),
        "float8_e4m3fnuz" => plain(Dtype::F8E4m3Fnuz),
        "float8_e5m2" => plain(Dtype::F8E5m2),
        "float8_e5m2fnuz" => plain(Dtype::F8E5m2Fnuz),
        "float8_e8m0fnu" => plain(Dtype::F8E8m0),
        // An element of this dtype is a byte with two numbers.
        "float4_e2m1fn_x2" => named(Dtype::U8, "float4_e2m1fn_x2", 1),
        "int64" => plain(Dtype::I64),
        "int32" => plain(Dtype::I32),
        "int16" => plain(Dtype::I16),
        "int8" => plain(Dtype::I8),
        "uint64" => plain(Dtype::U64),
        "uint32" => plain(Dtype::U32),
        "uint16" => plain(Dtype::U16),
        "uint8" => plain(Dtype::U8),
        "bool" => plain(Dtype::Bool),
        "complex32" => named(Dtype::Opaque, "complex32", 4),
        "complex64" => plain(Dtype::C64),
        "complex128" => plain(Dtype::C128),
        _ => return None,
    })
}
