//! The one error type of every reader.

use tensorpress_json::Quoted;
use thiserror::Error;

/// Why a reader could not map a file. The caller stores such a file opaquely and reports the reason. The fault is
/// elsewhere, so that a result which may be one stays small.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(transparent)]
pub struct FormatError(Box<Fault>);

/// What a reader refuses.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes contradict the format at `offset`.
    #[error("{format}: corrupt at byte {offset}: {detail}")]
    Corrupt {
        /// Format name such as `onnx`.
        format: &'static str,
        /// Byte offset in the file that was being read.
        offset: u64,
        /// What was found and what was expected.
        detail: String,
    },
    /// The file ends before a structure it declares.
    #[error("{format}: truncated: needs {needed} bytes at {offset}, file has {len}")]
    Truncated {
        /// Format name.
        format: &'static str,
        /// Where the structure starts.
        offset: u64,
        /// How many bytes it needs.
        needed: u64,
        /// The file's length.
        len: u64,
    },
    /// A well-formed file that uses a feature the reader does not map.
    #[error("{format}: unsupported: {detail}")]
    Unsupported {
        /// Format name.
        format: &'static str,
        /// The feature.
        detail: String,
    },
    /// A file that only looked as if it were of the format, such as any other JSON: nothing a user should be told.
    #[error("{format}: another kind of file")]
    Other {
        /// Format name.
        format: &'static str,
    },
    /// A named limit (see `limits`) was exceeded.
    #[error("{format}: limit {limit} of {max} exceeded: {found}")]
    Limit {
        /// Format name.
        format: &'static str,
        /// Name of the constant in `limits`.
        limit: &'static str,
        /// Its value.
        max: u64,
        /// What the file asked for.
        found: u64,
    },
    /// Bytes are read that were not supplied yet: the reader is run again when they are. Never an outcome.
    #[error("{format}: waits for bytes")]
    Pending {
        /// Format name.
        format: &'static str,
    },
    /// A sibling file (shard, external data) is not among the inputs.
    #[error("{format}: missing file {quoted}: add it to the inputs", quoted = Quoted(name))]
    MissingFile {
        /// Format name.
        format: &'static str,
        /// The path as written in the file, relative to it.
        name: String,
    },
}

impl FormatError {
    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.0
    }

    /// Whether it is [`Fault::Pending`].
    pub(crate) fn is_pending(&self) -> bool {
        matches!(*self.0, Fault::Pending { .. })
    }

    /// [`Fault::Corrupt`].
    #[cold]
    #[inline(never)]
    pub(crate) fn corrupt(format: &'static str, offset: u64, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::from(Fault::Corrupt { format, offset, detail })
    }

    /// [`Fault::Truncated`].
    #[cold]
    #[inline(never)]
    pub(crate) fn truncated(format: &'static str, offset: u64, needed: u64, len: u64) -> Self {
        Self::from(Fault::Truncated {
            format,
            offset,
            needed,
            len,
        })
    }

    /// [`Fault::Unsupported`].
    #[cold]
    #[inline(never)]
    pub(crate) fn unsupported(format: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::from(Fault::Unsupported { format, detail })
    }

    /// [`Fault::Limit`].
    #[cold]
    #[inline(never)]
    pub(crate) fn limit(format: &'static str, limit: &'static str, max: u64, found: u64) -> Self {
        Self::from(Fault::Limit {
            format,
            limit,
            max,
            found,
        })
    }
}

impl From<Fault> for FormatError {
    #[cold]
    #[inline(never)]
    fn from(fault: Fault) -> Self {
        FormatError(Box::new(fault))
    }
}

/// [`Fault::Limit`] when more than `max` is asked for.
pub(crate) fn check_limit(format: &'static str, limit: &'static str, max: u64, found: u64) -> Result<(), FormatError> {
    if found > max {
        return Err(FormatError::limit(format, limit, max, found));
    }
    Ok(())
}
