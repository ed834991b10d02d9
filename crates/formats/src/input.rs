//! How readers read: a reader is a function of an [`Input`] that gives a map or fails. Where it reads bytes that have not
//! been supplied it fails with [`Fault::Pending`](crate::error::Fault::Pending), and is run again once they are. It keeps
//! what it has done, and says by [`Input::settle`] that it will not read the same again. So readers are straight-line code
//! without the states of an `async fn`; [`Reading`] makes a future of one.

use crate::error::check_limit;
use crate::source::{READ_AHEAD, Read, Source, ready};
use crate::{FileMap, FormatError};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One file as its reader sees it.
#[derive(Clone)]
pub(crate) struct Input {
    /// The set it belongs to.
    pub source: Source,
    /// Its index.
    pub file: usize,
    /// What names the reader in errors.
    pub format: &'static str,
    /// Bytes that are asked for at least, where the file has as many.
    ahead: u64,
    /// Whether pages of as many bytes are asked for: what is read is scattered.
    paged: bool,
}

impl Input {
    /// Length of the file in bytes.
    pub fn len(&self) -> u64 {
        self.source.len(self.file)
    }

    fn read(&self, offset: u64, len: u64) -> Read<'_> {
        Read {
            before: if self.paged { offset % self.ahead } else { 0 },
            ahead: self.ahead,
            ..self.source.read(self.format, self.file, offset, len)
        }
    }

    /// Another file of the set.
    pub fn other(&self, file: usize) -> Input {
        Input { file, ..self.clone() }
    }

    /// The `len` bytes at `offset`.
    pub fn bytes(&self, offset: u64, len: u64) -> Result<Vec<u8>, FormatError> {
        Ok(self.read(offset, len).view()?.to_vec())
    }

    /// The little-endian number of `width` bytes at `offset`, at most eight.
    pub fn number(&self, offset: u64, width: u64) -> Result<u64, FormatError> {
        Ok(little_endian(&self.read(offset, width).view()?))
    }

    /// Says that what was read so far will not be read again. Without it all bytes that were supplied are kept.
    pub fn settle(&self) {
        self.source.settle();
    }

    /// [`Fault::Corrupt`](crate::error::Fault::Corrupt).
    pub fn corrupt(&self, offset: u64, detail: impl Into<String>) -> FormatError {
        FormatError::corrupt(self.format, offset, detail)
    }

    /// [`Fault::Unsupported`](crate::error::Fault::Unsupported).
    pub fn unsupported(&self, detail: impl Into<String>) -> FormatError {
        FormatError::unsupported(self.format, detail)
    }

    /// [`Fault::Limit`](crate::error::Fault::Limit) when more than `max` is asked for.
    pub fn check_limit(&self, limit: &'static str, max: u64, found: u64) -> Result<(), FormatError> {
        check_limit(self.format, limit, max, found)
    }
}

/// A number of at most eight bytes.
pub(crate) fn little_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// A reader at work.
pub struct Reading {
    input: Input,
    run: Box<Run>,
}

type Run = dyn FnMut(&Input) -> Result<FileMap, FormatError>;

impl Reading {
    /// Starts `run` on a file. It is called again while it fails with [`Fault::Pending`](crate::error::Fault::Pending).
    pub(crate) fn new(
        source: Source,
        file: usize,
        format: &'static str,
        run: impl FnMut(&Input) -> Result<FileMap, FormatError> + 'static,
    ) -> Self {
        let input = Input {
            source,
            file,
            format,
            ahead: READ_AHEAD,
            paged: false,
        };
        let run = Box::new(run);
        Reading { input, run }
    }

    /// Asks for pages.
    pub(crate) fn paged(mut self) -> Self {
        self.input.paged = true;
        self
    }

    /// Asks for more at once.
    pub(crate) fn ahead(mut self, bytes: u64) -> Self {
        self.input.ahead = bytes;
        self
    }
}

impl Future for Reading {
    type Output = Result<FileMap, FormatError>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let Reading { input, run } = &mut *self;
        ready(run(input))
    }
}
