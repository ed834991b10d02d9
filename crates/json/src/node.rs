//! What a place in a tree holds, or that it is something else than what is expected. A type is given the form that it asks
//! for or an error, never another form that it might have taken as well.

use crate::{Json, Problem};

type Result<T> = std::result::Result<T, Problem>;

impl<'t> Json<'t> {
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong(&self, expected: &str) -> Problem {
        Problem::invalid("type", self, expected)
    }

    #[cold]
    #[inline(never)]
    fn out_of_range(&self, expected: &str) -> Problem {
        Problem::invalid("value", self, expected)
    }

    pub(crate) fn bool(&self) -> Result<bool> {
        match self {
            Json::Bool(value) => Ok(*value),
            _ => Err(self.wrong("a boolean")),
        }
    }

    /// An integer of 0 to `most`, which is the most that the type `expected` holds.
    #[inline(never)]
    pub(crate) fn unsigned(&self, most: u64, expected: &str) -> Result<u64> {
        match self {
            Json::Unsigned(value) if *value <= most => Ok(*value),
            Json::Unsigned(_) | Json::Signed(_) => Err(self.out_of_range(expected)),
            _ => Err(self.wrong(expected)),
        }
    }

    pub(crate) fn signed(&self) -> Result<i32> {
        let value = match self {
            Json::Unsigned(value) => i32::try_from(*value).ok(),
            Json::Signed(value) => i32::try_from(*value).ok(),
            _ => return Err(self.wrong("i32")),
        };
        value.ok_or_else(|| self.out_of_range("i32"))
    }

    #[inline(never)]
    pub(crate) fn float(&self, expected: &str) -> Result<f64> {
        match self {
            Json::Float(value) => Ok(*value),
            Json::Unsigned(value) => Ok(*value as f64),
            Json::Signed(value) => Ok(*value as f64),
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    pub(crate) fn text(&self) -> Result<&str> {
        match self {
            Json::Text(text) => Ok(text),
            _ => Err(self.wrong("a string")),
        }
    }

    #[inline(never)]
    pub(crate) fn items(&self) -> Result<&[Json<'t>]> {
        match self {
            Json::Array(items) => Ok(items),
            _ => Err(self.wrong("a sequence")),
        }
    }

    /// Names and values.
    #[inline(never)]
    pub(crate) fn members(&self) -> Result<&[(Json<'t>, Json<'t>)]> {
        match self {
            Json::Object(members) => Ok(members),
            _ => Err(self.wrong("a map")),
        }
    }

    /// The name that a member has.
    pub(crate) fn key(&self) -> &str {
        match self {
            Json::Text(text) => text,
            _ => "",
        }
    }
}
