//! What is wrong with some JSON, and where.

use serde::de;
use std::fmt::{self, Display};

/// What is wrong with some JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the value: `rules[1].match.name`; empty for the whole.
    pub path: String,
    /// What is wrong with it.
    pub detail: String,
}

impl Problem {
    /// Text that is no JSON. Where is left out: the caller may never have seen the text.
    pub(crate) fn of_text(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let end = text.rfind(" at line ").unwrap_or(text.len());
        Problem {
            path: String::new(),
            detail: text[..end].to_owned(),
        }
    }

    /// The same, seen from what contains the value as its member `key`.
    pub(crate) fn in_member(self, key: &str) -> Self {
        self.inside(key.to_owned())
    }

    /// The same, seen from what contains the value as its item `index`.
    pub(crate) fn in_item(self, index: usize) -> Self {
        self.inside(format!("[{index}]"))
    }

    fn inside(mut self, mut path: String) -> Self {
        if !self.path.is_empty() && !self.path.starts_with('[') {
            path.push('.');
        }
        path.push_str(&self.path);
        self.path = path;
        self
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str(&self.path)?;
            f.write_str(": ")?;
        }
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl de::Error for Problem {
    fn custom<T: Display>(message: T) -> Self {
        Problem {
            path: String::new(),
            detail: message.to_string(),
        }
    }
}
