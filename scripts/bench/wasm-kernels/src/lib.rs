//! The kernels for a benchmark in WebAssembly: numbers in, numbers out, no glue. JavaScript measures the time.

mod compute;
mod transform;

use std::sync::Mutex;

/// What is ready to run, and the name that was asked for last.
struct State {
    work: Option<Box<dyn FnMut() + Send>>,
    name: &'static str,
}

static STATE: Mutex<State> = Mutex::new(State { work: None, name: "" });

/// A kernel: its name, and what makes its input of a number of elements and gives the work.
type Case = (&'static str, fn(Size) -> Box<dyn FnMut() + Send>);

/// How large the input is.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    columns: usize,
}

fn case(index: usize) -> Case {
    match index.checked_sub(transform::CASES.len()) {
        None => transform::CASES[index],
        Some(index) => compute::CASES[index],
    }
}

/// How many kernels work on a run of values; those that multiply with a matrix follow.
#[unsafe(no_mangle)]
pub extern "C" fn transforms() -> usize {
    transform::CASES.len()
}

/// How many kernels there are.
#[unsafe(no_mangle)]
pub extern "C" fn cases() -> usize {
    transform::CASES.len() + compute::CASES.len()
}

/// Chooses the name that [`name`] gives, and says how long it is.
#[unsafe(no_mangle)]
pub extern "C" fn name_len(index: usize) -> usize {
    let mut state = STATE.lock().expect("one thread");
    state.name = case(index).0;
    state.name.len()
}

/// Where the name lies.
#[unsafe(no_mangle)]
pub extern "C" fn name() -> *const u8 {
    STATE.lock().expect("one thread").name.as_ptr()
}

/// Makes the input of a kernel: a matrix, or as many values in a run.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(index: usize, rows: usize, columns: usize) {
    let mut state = STATE.lock().expect("one thread");
    // The memory of the one before is free again before this one needs its own.
    state.work = None;
    state.work = Some(case(index).1(Size { rows, columns }));
}

/// Runs the kernel once.
#[unsafe(no_mangle)]
pub extern "C" fn run() {
    if let Some(work) = &mut STATE.lock().expect("one thread").work {
        work();
    }
}

/// Numbers that look random.
fn noise(length: usize) -> impl Iterator<Item = u32> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    (0..length).map(move |_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 32) as u32
    })
}

/// Values like weights: bell-shaped, most within ±0.1.
fn weights(length: usize) -> Vec<f32> {
    noise(length)
        .map(|bits| {
            let sum: u32 = bits.to_le_bytes().into_iter().map(u32::from).sum();
            (sum as f32 / 510.0 - 1.0) * 0.1 + (bits >> 8) as f32 * 1e-11
        })
        .collect()
}

fn bytes(length: usize) -> Vec<u8> {
    noise(length).map(|bits| (bits >> 24) as u8).collect()
}
