//! JSON as a tree.

use std::borrow::Cow;

/// A JSON value. Unlike `serde_json::Value` it keeps members that are there twice, for structs to refuse. Its text is a part
/// of what it was read from, but for text that has escapes.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'t> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer that is not negative.
    Unsigned(u64),
    /// A negative integer.
    Signed(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Cow<'t, str>),
    /// A list.
    Array(Vec<Json<'t>>),
    /// Members in their order; each name is a [`Json::Text`].
    Object(Vec<(Json<'t>, Json<'t>)>),
}
