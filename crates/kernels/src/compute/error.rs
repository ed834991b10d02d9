//! What is wrong with the shape of an operand.

use std::fmt;

/// An operand that does not fit the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeError {
    /// A slice of another length than the others ask for.
    Length {
        /// Which slice.
        what: &'static str,
        /// What the others ask for; `None` if that is beyond `usize`.
        expected: Option<usize>,
        /// Its length.
        found: usize,
    },
    /// More than the sums can hold.
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The most that there may be.
        limit: usize,
        /// What there is.
        found: usize,
    },
    /// An index that points beyond its target, or is less than the one before it.
    Index {
        /// Of which slice.
        what: &'static str,
        /// Where in it.
        at: usize,
        /// The least that may be there.
        least: usize,
        /// The first that may not.
        end: usize,
        /// What is there.
        found: usize,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length {
                what,
                expected: Some(expected),
                found,
            } => write!(f, "{what}: expected {expected}, found {found}"),
            Self::Length {
                what,
                expected: None,
                found,
            } => write!(f, "{what}: expected more than memory holds, found {found}"),
            Self::Limit { what, limit, found } => {
                write!(
                    f,
                    "{what}: at most {limit} give sums that cannot overflow, found {found}"
                )
            }
            Self::Index {
                what,
                at,
                least,
                end,
                found,
            } => write!(
                f,
                "{what}[{at}]: expected {least} or more and less than {end}, found {found}"
            ),
        }
    }
}

impl std::error::Error for ShapeError {}

/// That a slice is as long as it must be.
pub(super) fn expect_len(what: &'static str, expected: usize, found: usize) -> Result<(), ShapeError> {
    expect(what, Some(expected), found)
}

/// As [`expect_len`], for a length that may have overflowed.
pub(super) fn expect(what: &'static str, expected: Option<usize>, found: usize) -> Result<(), ShapeError> {
    if expected == Some(found) {
        Ok(())
    } else {
        Err(ShapeError::Length { what, expected, found })
    }
}

/// That a matrix has `rows` times `columns` elements.
pub(super) fn product(what: &'static str, rows: usize, columns: usize, found: usize) -> Result<(), ShapeError> {
    expect(what, rows.checked_mul(columns), found)
}
