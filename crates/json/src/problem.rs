//! What is wrong with some JSON, and where.

use crate::{Json, Quoted, head, shown};
use std::fmt::{self, Display};

/// What is wrong with some JSON, and where. Its parts are elsewhere, so that a result which may be one stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Box<Parts>);

/// The parts of a [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Path of the value: `rules[1].match.name`; empty for the whole.
    pub path: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// What is wrong with a value.
    pub fn new(detail: String) -> Self {
        Problem(Box::new(Parts {
            path: String::new(),
            detail,
        }))
    }

    /// Where, and what.
    pub fn into_parts(self) -> Parts {
        *self.0
    }

    /// The same, seen from what contains the value as its member `key`.
    #[cold]
    #[inline(never)]
    pub fn in_member(self, key: &str) -> Self {
        self.inside(head(key).to_owned())
    }

    /// The same, seen from what contains the value as its item `index`.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_item(self, index: usize) -> Self {
        self.inside(format!("[{index}]"))
    }

    fn inside(mut self, mut path: String) -> Self {
        let inner = &mut self.0.path;
        if !inner.is_empty() && !inner.starts_with('[') {
            path.push('.');
        }
        path.push_str(inner);
        *inner = path;
        self
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            f.write_str(&self.0.path)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// What is found is no such thing, or beyond its range.
    pub(crate) fn invalid(what: &str, found: &Json, expected: &str) -> Self {
        Problem::new(format!("invalid {what}: {}, expected {expected}", Found(found)))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn invalid_length(found: usize, expected: &str) -> Self {
        Problem::new(format!("invalid length {found}, expected {expected}"))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(what: &str, found: &str, expected: &[&str]) -> Self {
        Problem::new(format!("unknown {what} `{found}`, expected {}", OneOf(expected)))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn field(what: &str, field: &str) -> Self {
        Problem::new(format!("{what} field `{field}`"))
    }
}

/// What a place in a tree holds, in the words of serde.
struct Found<'a>(&'a Json<'a>);

impl Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "boolean `{value}`"),
            Json::Unsigned(value) => write!(f, "integer `{value}`"),
            Json::Signed(value) => write!(f, "integer `{value}`"),
            Json::Float(value) => write!(f, "floating point `{}`", shown(*value)),
            Json::Text(value) => write!(f, "string {}", Quoted(value)),
            Json::Array(_) => f.write_str("sequence"),
            Json::Object(_) => f.write_str("map"),
        }
    }
}

/// Names to choose from, in the words of serde.
struct OneOf<'a>(&'a [&'a str]);

impl Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => return f.write_str("nothing"),
            [_] | [_, _] => {}
            _ => f.write_str("one of ")?,
        }
        let between = if self.0.len() == 2 { " or " } else { ", " };
        for (index, name) in self.0.iter().enumerate() {
            write!(f, "{}`{name}`", if index > 0 { between } else { "" })?;
        }
        Ok(())
    }
}
