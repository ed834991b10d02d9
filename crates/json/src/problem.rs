//! What is wrong with some JSON, and where.

use crate::{Quoted, shown};
use serde::de::{self, Expected, Unexpected};
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
        self.inside(key.to_owned())
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

impl de::Error for Problem {
    #[cold]
    #[inline(never)]
    fn custom<T: Display>(message: T) -> Self {
        Problem::new(message.to_string())
    }

    #[cold]
    #[inline(never)]
    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        Problem::new(format!("invalid type: {}, expected {expected}", Found(found)))
    }

    #[cold]
    #[inline(never)]
    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Problem::new(format!("invalid value: {}, expected {expected}", Found(found)))
    }

    #[cold]
    #[inline(never)]
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Problem::new(format!("unknown variant `{variant}`, expected {}", OneOf(expected)))
    }

    #[cold]
    #[inline(never)]
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Problem::new(format!("unknown field `{field}`, expected {}", OneOf(expected)))
    }

    #[cold]
    #[inline(never)]
    fn missing_field(field: &'static str) -> Self {
        Problem::new(format!("missing field `{field}`"))
    }

    #[cold]
    #[inline(never)]
    fn duplicate_field(field: &'static str) -> Self {
        Problem::new(format!("duplicate field `{field}`"))
    }
}

/// What a place in a tree holds, as serde words it. Serde's own words would bring the standard library's way of writing
/// floats along.
struct Found<'a>(Unexpected<'a>);

impl Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "boolean `{value}`"),
            Unexpected::Unsigned(value) => write!(f, "integer `{value}`"),
            Unexpected::Signed(value) => write!(f, "integer `{value}`"),
            Unexpected::Float(value) => write!(f, "floating point `{}`", shown(value)),
            Unexpected::Str(value) => write!(f, "string {}", Quoted(value)),
            Unexpected::Seq => f.write_str("sequence"),
            Unexpected::Map => f.write_str("map"),
            Unexpected::Other(what) => f.write_str(what),
            // No tree holds anything else.
            _ => f.write_str("another type"),
        }
    }
}

/// Names to choose from, as serde words them.
struct OneOf(&'static [&'static str]);

impl Display for OneOf {
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
