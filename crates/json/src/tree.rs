//! JSON as a tree.

/// A JSON value. Unlike `serde_json::Value` it keeps members that are there twice, for structs to refuse.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
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
    Text(String),
    /// A list.
    Array(Vec<Json>),
    /// Members in their order; each name is a [`Json::Text`].
    Object(Vec<(Json, Json)>),
}
