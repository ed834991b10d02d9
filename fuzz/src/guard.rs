//! Stops an input that takes too much memory or too long, and keeps it.
//!
//! Neither can be caught as a panic, so both end the process after writing the input to a file.

use crate::case::Case;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Bytes that may be allocated at any moment while one input runs.
pub const MEMORY_CAP: usize = 256 << 20;
/// Time that one input may take.
pub const TIME_CAP: Duration = Duration::from_secs(2);

static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
static RUNNING: Mutex<Option<(Instant, Case, PathBuf)>> = Mutex::new(None);

thread_local! {
    /// Set on the thread that runs inputs, and cleared while it reports one.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator with a count of the live bytes of the thread that runs inputs.
pub struct Counting;

// SAFETY: every call is passed on unchanged to `System`, which upholds the contract of
// `GlobalAlloc`; the counting around it touches atomics and a const-initialised, drop-free
// thread-local only, neither of which allocates or unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promises about `layout` are `System`'s own.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: `block` came from `System` with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

fn count(size: usize) {
    let live = LIVE.fetch_add(size, Relaxed).saturating_add(size);
    if live > LIMIT.load(Relaxed) && COUNTED.replace(false) {
        LIMIT.store(usize::MAX, Relaxed);
        stop(&format!(
            "allocates beyond {} MiB: one request of {size} bytes",
            MEMORY_CAP >> 20
        ));
    }
}

/// Runs `work` on `case` under both caps; `crash` is where an offender is written.
pub fn guarded<T>(case: &Case, crash: PathBuf, work: impl FnOnce() -> T) -> T {
    *RUNNING.lock().expect("no panic while locked") = Some((Instant::now(), case.clone(), crash));
    LIMIT.store(LIVE.load(Relaxed).saturating_add(MEMORY_CAP), Relaxed);
    COUNTED.set(true);
    let result = work();
    COUNTED.set(false);
    LIMIT.store(usize::MAX, Relaxed);
    *RUNNING.lock().expect("no panic while locked") = None;
    result
}

/// Starts the thread that watches the clock.
pub fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(100));
            let late = matches!(&*RUNNING.lock().expect("no panic while locked"), Some((since, ..)) if since.elapsed() > TIME_CAP);
            if late {
                stop(&format!("runs for more than {} s", TIME_CAP.as_secs()));
            }
        }
    });
}

fn stop(what: &str) -> ! {
    if let Some((_, case, path)) = RUNNING.lock().expect("no panic while locked").take() {
        let _ = std::fs::create_dir_all(path.parent().expect("a crash file has a folder"));
        let written = std::fs::write(&path, case.to_bytes());
        eprintln!("FOUND: {what}\n  input: {} ({written:?})", path.display());
    }
    std::process::exit(1)
}
