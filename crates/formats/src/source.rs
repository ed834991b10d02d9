//! Sans-I/O access to a set of named files.
//!
//! [`Source::read`] is awaited: work suspends there until the driver has supplied the bytes, and still never touches a
//! file. [`Mapper`] polls it. Readers read in another way (`input.rs`), for which futures would be heavy.

use crate::error::{Fault, check_limit};
use crate::ordered::Map;
use crate::{FileMap, FormatError};
use std::cell::{Ref, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tensorpress_json::{ToJson, write_members};

tensorpress_json::fields! {
    /// A file of the input set: its `/`-separated path relative to the input's root, and its length.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
    pub struct InputFile {
        /// Relative path, `/`-separated.
        pub path: String => required,
        /// Length in bytes.
        pub len: u64 => required,
    }
}

/// A byte range that the driver has to supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Need {
    /// Index into the input files.
    pub file: usize,
    /// First byte.
    pub offset: u64,
    /// Number of bytes; always within the file.
    pub len: u64,
}

impl ToJson for Need {
    fn write(&self, out: &mut Vec<u8>) {
        let members: &[(&str, &dyn ToJson)] = &[("file", &self.file), ("offset", &self.offset), ("len", &self.len)];
        write_members(members, out);
    }
}

/// What [`Mapper::poll`] says.
#[derive(Debug)]
pub enum Progress<T = Result<FileMap, FormatError>> {
    /// Supply all of these bytes with [`Mapper::supply`], then poll again.
    Need(Vec<Need>),
    /// The reader is done.
    Done(T),
}

/// Small reads are widened to this many bytes, so that walking a header costs few requests.
pub const READ_AHEAD: u64 = 64 * 1024;
/// The largest range a reader may ask for at once ([`Fault::Limit`] beyond it).
pub const MAX_READ: u64 = 256 * 1024 * 1024;
/// Ranges that are kept once what was read from them is settled: a reader may go to and fro.
const KEPT: usize = 64;
/// Bytes of all of them but the last.
const KEPT_BYTES: usize = 2 << 20;

/// Bytes that were supplied.
struct Window {
    file: usize,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    /// Whether it has all bytes that the other has.
    fn covers(&self, file: usize, start: u64, len: u64) -> bool {
        self.file == file && self.start <= start && start + len <= self.start + self.bytes.len() as u64
    }
}

struct Shared {
    files: Rc<Vec<InputFile>>,
    /// Filled when a file is first looked for.
    by_path: Map<String, usize>,
    /// What was asked for.
    needs: Vec<Need>,
    /// The last used is the last.
    windows: Vec<Window>,
    /// The most bytes to ask for before they are read.
    most_ahead: u64,
}

/// A handle on the input files. Cheap to clone.
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

    /// All input files, in order.
    pub fn files(&self) -> Rc<Vec<InputFile>> {
        self.0.borrow().files.clone()
    }

    /// Finds a file named by `reference` relative to the folder of `from`.
    /// `..`, absolute paths and backslashes never match.
    pub fn sibling(&self, from: usize, reference: &str) -> Option<usize> {
        let reference = reference.strip_prefix("./").unwrap_or(reference);
        let mut parts = reference.as_bytes().split(|byte| *byte == b'/');
        if parts.any(|part| matches!(part, b"" | b".." | b".")) {
            return None;
        }
        let mut shared = self.0.borrow_mut();
        let files = shared.files.clone();
        let base = &files[from].path;
        let folder = base.strip_suffix(file_name(base)).unwrap_or_default();
        let wanted = [folder, reference].concat();
        if shared.by_path.is_empty() {
            for (index, file) in files.iter().enumerate() {
                shared.by_path.entry(file.path.clone(), index);
            }
        }
        shared.by_path.get(wanted.as_str()).copied()
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
            before: 0,
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

    /// Has what is about to be read supplied at once, where reading one after the other would wait for each. Ranges are
    /// `(file, offset, length)`; what a file does not have is left to whatever reads it, and few are kept long.
    pub fn fetch(&self, ranges: Vec<(usize, u64, u64)>) -> Fetch<'_> {
        Fetch { source: self, ranges }
    }

    /// Forgets what was supplied but for the last.
    pub(crate) fn settle(&self) {
        let windows = &mut self.0.borrow_mut().windows;
        let mut bytes: usize = windows.iter().map(|window| window.bytes.len()).sum();
        while windows.len() > 1 && (windows.len() > KEPT || bytes > KEPT_BYTES) {
            bytes -= windows.remove(0).bytes.len();
        }
    }
}

/// What is behind the last of some ASCII character. Not by an index, for the panic of one quotes text, which takes tables.
pub(crate) fn behind_last(text: &str, character: u8) -> Option<&str> {
    let place = text.bytes().rposition(|byte| byte == character)?;
    text.get(place + 1..)
}

/// A path's last part.
pub(crate) fn file_name(path: &str) -> &str {
    behind_last(path, b'/').unwrap_or(path)
}

/// Bytes that are awaited. Not an `async fn`, whose state would be part of every place that awaits it.
#[must_use = "futures do nothing unless awaited"]
pub struct Read<'a> {
    pub(crate) source: &'a Source,
    pub(crate) format: &'static str,
    pub(crate) file: usize,
    pub(crate) offset: u64,
    pub(crate) len: u64,
    /// Bytes before the offset that are asked for, too.
    pub(crate) before: u64,
    /// Bytes to ask for at least, where the file has as many.
    pub(crate) ahead: u64,
}

impl<'a> Read<'a> {
    /// The bytes if they were supplied. Else they are asked for, and this fails with [`Fault::Pending`].
    #[inline(never)]
    pub(crate) fn view(&self) -> Result<Ref<'a, [u8]>, FormatError> {
        let &Read { file, offset, len, .. } = self;
        let total = self.source.len(file);
        if offset.checked_add(len).is_none_or(|end| end > total) {
            return Err(FormatError::truncated(self.format, offset, len, total));
        }
        check_limit(self.format, "MAX_READ", MAX_READ, len)?;
        let mut shared = self.source.0.borrow_mut();
        let mut windows = shared.windows.iter();
        if let Some(place) = windows.position(|window| window.covers(file, offset, len)) {
            let window = shared.windows.remove(place);
            shared.windows.push(window);
        } else if len > 0 {
            let ahead = self.ahead.min(shared.most_ahead);
            let start = offset - self.before.min(shared.most_ahead);
            shared.needs = vec![Need {
                file,
                offset: start,
                len: (offset - start + len).max(ahead).min(total - start),
            }];
            return Err(Fault::Pending { format: self.format }.into());
        }
        drop(shared);
        Ok(Ref::map(self.source.0.borrow(), |shared| match shared.windows.last() {
            Some(window) if len > 0 => {
                let from = (offset - window.start) as usize;
                &window.bytes[from..from + len as usize]
            }
            _ => &[],
        }))
    }
}

impl Future for Read<'_> {
    type Output = Result<Vec<u8>, FormatError>;

    #[inline(never)]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let read = self.view().map(|bytes| bytes.to_vec());
        self.source.settle();
        ready(read)
    }
}

/// Ranges that are awaited together.
#[must_use = "futures do nothing unless awaited"]
pub struct Fetch<'a> {
    source: &'a Source,
    ranges: Vec<(usize, u64, u64)>,
}

impl Future for Fetch<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut shared = self.source.0.borrow_mut();
        let mut needs = Vec::new();
        for &(file, offset, len) in &self.ranges {
            let is_there = shared.windows.iter().any(|window| window.covers(file, offset, len));
            if len > 0 && !is_there && offset + len <= shared.files[file].len {
                needs.push(Need { file, offset, len });
            }
        }
        if needs.is_empty() {
            return Poll::Ready(());
        }
        shared.needs = needs;
        Poll::Pending
    }
}

/// What has come out, unless it waits for bytes.
pub(crate) fn ready<T>(result: Result<T, FormatError>) -> Poll<Result<T, FormatError>> {
    match result {
        Err(error) if error.is_pending() => Poll::Pending,
        result => Poll::Ready(result),
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
            by_path: Map::default(),
            needs: Vec::new(),
            windows: Vec::new(),
            most_ahead: u64::MAX,
        }));
        let future = Box::pin(reader(Source(shared.clone())));
        Mapper { shared, future }
    }

    /// Runs until the reader needs bytes or is done. Must not be called again after `Done`.
    pub fn poll(&mut self) -> Progress<T> {
        match self.future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => Progress::Done(result),
            Poll::Pending => {
                let needs = std::mem::take(&mut self.shared.borrow_mut().needs);
                assert!(!needs.is_empty(), "work only suspends where it reads");
                Progress::Need(needs)
            }
        }
    }

    /// Answers one of the last needs with exactly its bytes.
    pub fn supply(&mut self, need: Need, bytes: Vec<u8>) {
        let windows = &mut self.shared.borrow_mut().windows;
        let window = Window {
            file: need.file,
            start: need.offset,
            bytes,
        };
        // What it covers is not kept twice.
        windows.retain(|other| !window.covers(other.file, other.start, other.bytes.len() as u64));
        windows.push(window);
    }
}

/// Maps from memory: for tests and the fuzzer. Twice, the second time with no byte read ahead, so that the reader has to
/// wait wherever it can: the outcome must be the same.
pub fn map_in_memory<F>(files: &[(String, Vec<u8>)], reader: impl Fn(Source) -> F) -> Result<FileMap, FormatError>
where
    F: Future<Output = Result<FileMap, FormatError>> + 'static,
{
    let [once, again] = [u64::MAX, 0].map(|most_ahead| {
        let list = files.iter().map(|(path, bytes)| InputFile {
            path: path.clone(),
            len: bytes.len() as u64,
        });
        let mut mapper = Mapper::new(Rc::new(list.collect()), &reader);
        mapper.shared.borrow_mut().most_ahead = most_ahead;
        loop {
            match mapper.poll() {
                Progress::Done(result) => return result,
                Progress::Need(needs) => {
                    for need in needs {
                        let start = need.offset as usize;
                        let bytes = files[need.file].1[start..start + need.len as usize].to_vec();
                        mapper.supply(need, bytes);
                    }
                }
            }
        }
    });
    assert_eq!(once, again, "a reader that waits finds something else");
    once
}
