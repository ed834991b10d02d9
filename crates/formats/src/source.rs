//! Sans-I/O access to a set of named files.
//!
//! A reader is an `async fn(Source, file) -> Result<FileMap, FormatError>`. Awaiting
//! [`Source::read`] suspends it until the driver has supplied the bytes, so readers are
//! straight-line code and still never touch a file. [`Mapper`] polls them; it runs any other work
//! over a [`Source`] too, whatever that gives.

use crate::error::check_limit;
use crate::{FileMap, FormatError};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A file of the input set: its `/`-separated path relative to the input's root, and its length.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct InputFile {
    /// Relative path, `/`-separated.
    pub path: String,
    /// Length in bytes.
    pub len: u64,
}

/// A byte range that the driver has to supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Need {
    /// Index into the input files.
    pub file: usize,
    /// First byte.
    pub offset: u64,
    /// Number of bytes; always within the file.
    pub len: u64,
}

/// What [`Mapper::poll`] says.
#[derive(Debug)]
pub enum Progress<T = Result<FileMap, FormatError>> {
    /// Supply these bytes with [`Mapper::supply`], then poll again.
    Need(Need),
    /// The reader is done.
    Done(T),
}

/// Small reads are widened to this many bytes, so that walking a header costs few requests.
pub const READ_AHEAD: u64 = 64 * 1024;
/// The largest range a reader may ask for at once ([`Fault::Limit`](crate::error::Fault::Limit) beyond it).
pub const MAX_READ: u64 = 256 * 1024 * 1024;

struct Shared {
    files: Rc<Vec<InputFile>>,
    need: Option<Need>,
    window: Option<(usize, u64, Vec<u8>)>,
}

/// A reader's handle on the input files. Cheap to clone.
#[derive(Clone)]
pub struct Source(Rc<RefCell<Shared>>);

impl Source {
    /// Length of file `file` in bytes.
    pub fn len(&self, file: usize) -> u64 {
        self.0.borrow().files[file].len
    }

    /// Whether file `file` has no bytes.
    pub fn is_empty(&self, file: usize) -> bool {
        self.len(file) == 0
    }

    /// Path of file `file`.
    pub fn path(&self, file: usize) -> String {
        self.0.borrow().files[file].path.clone()
    }

    /// All input files, in order.
    pub fn files(&self) -> Rc<Vec<InputFile>> {
        self.0.borrow().files.clone()
    }

    /// Finds a file named by `reference` relative to the folder of `from`.
    /// `..`, absolute paths and backslashes never match.
    pub fn sibling(&self, from: usize, reference: &str) -> Option<usize> {
        let reference = reference.strip_prefix("./").unwrap_or(reference);
        if reference.is_empty() || reference.split('/').any(|p| p.is_empty() || p == ".." || p == ".") {
            return None;
        }
        let shared = self.0.borrow();
        let base = &shared.files[from].path;
        let wanted = match base.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{reference}"),
            None => reference.to_owned(),
        };
        shared.files.iter().position(|f| f.path == wanted)
    }

    /// Reads exactly `len` bytes at `offset`; `Truncated` when the file is shorter.
    /// `format` names the reader in errors.
    pub fn read(&self, format: &'static str, file: usize, offset: u64, len: u64) -> Read<'_> {
        Read {
            source: self,
            format,
            file,
            offset,
            len,
            ahead: READ_AHEAD,
        }
    }

    /// As [`Source::read`], without reading ahead: for samples, and for inputs of unknown length.
    pub fn read_only(&self, format: &'static str, file: usize, offset: u64, len: u64) -> Read<'_> {
        Read {
            ahead: 0,
            ..self.read(format, file, offset, len)
        }
    }
}

/// Bytes that are awaited. Not an `async fn`, whose state would be part of every place that awaits it.
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    source: &'a Source,
    format: &'static str,
    file: usize,
    offset: u64,
    len: u64,
    ahead: u64,
}

impl Future for Read<'_> {
    type Output = Result<Vec<u8>, FormatError>;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let total = self.source.len(self.file);
        if self.offset.checked_add(self.len).is_none_or(|end| end > total) {
            return Poll::Ready(Err(FormatError::truncated(self.format, self.offset, self.len, total)));
        }
        check_limit(self.format, "MAX_READ", MAX_READ, self.len)?;
        if self.len == 0 {
            return Poll::Ready(Ok(Vec::new()));
        }
        let mut shared = self.source.0.borrow_mut();
        if let Some((file, start, bytes)) = &shared.window
            && *file == self.file
            && *start <= self.offset
            && self.offset + self.len <= start + bytes.len() as u64
        {
            let from = (self.offset - start) as usize;
            return Poll::Ready(Ok(bytes[from..from + self.len as usize].to_vec()));
        }
        shared.need = Some(Need {
            file: self.file,
            offset: self.offset,
            len: self.len.max(self.ahead).min(total - self.offset),
        });
        Poll::Pending
    }
}

/// Runs one reader: poll it, supply what it needs, poll again.
pub struct Mapper<T = Result<FileMap, FormatError>> {
    shared: Rc<RefCell<Shared>>,
    future: Pin<Box<dyn Future<Output = T>>>,
}

impl<T> Mapper<T> {
    /// Starts `reader` over the input set.
    pub fn new<F>(files: Rc<Vec<InputFile>>, reader: impl FnOnce(Source) -> F) -> Self
    where
        F: Future<Output = T> + 'static,
    {
        let shared = Rc::new(RefCell::new(Shared {
            files,
            need: None,
            window: None,
        }));
        let future = Box::pin(reader(Source(shared.clone())));
        Mapper { shared, future }
    }

    /// Runs until the reader needs bytes or is done. Must not be called again after `Done`.
    pub fn poll(&mut self) -> Progress<T> {
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Progress::Done(result),
            Poll::Pending => {
                let need = self.shared.borrow_mut().need.take();
                Progress::Need(need.expect("a reader only suspends in Source::read"))
            }
        }
    }

    /// Answers the last `Need` with exactly its bytes.
    pub fn supply(&mut self, need: Need, bytes: Vec<u8>) {
        self.shared.borrow_mut().window = Some((need.file, need.offset, bytes));
    }
}

/// Maps from memory: for tests, benches and the one-shot functions.
pub fn map_in_memory<F>(files: &[(String, Vec<u8>)], reader: impl FnOnce(Source) -> F) -> Result<FileMap, FormatError>
where
    F: Future<Output = Result<FileMap, FormatError>> + 'static,
{
    let list = files.iter().map(|(path, bytes)| InputFile {
        path: path.clone(),
        len: bytes.len() as u64,
    });
    let mut mapper = Mapper::new(Rc::new(list.collect()), reader);
    loop {
        match mapper.poll() {
            Progress::Done(result) => return result,
            Progress::Need(need) => {
                let start = need.offset as usize;
                let bytes = files[need.file].1[start..start + need.len as usize].to_vec();
                mapper.supply(need, bytes);
            }
        }
    }
}
