//! The transforms as a WebAssembly module without glue, and for the program that runs them natively.

mod run;

pub use run::{Report, run};
use std::sync::Mutex;

struct State {
    input: Vec<u8>,
    report: String,
    weights: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State {
    input: Vec::new(),
    report: String::new(),
    weights: Vec::new(),
});

/// Room for a task in JSON and the weights behind it.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: usize) -> *mut u8 {
    let mut state = STATE.lock().expect("one thread");
    state.input = vec![0; length];
    state.input.as_mut_ptr()
}

/// Runs the task, which has `length` bytes, and gives the length of the report: JSON, or else an error's text, whose
/// length is negative.
#[unsafe(no_mangle)]
pub extern "C" fn apply(length: usize) -> isize {
    let mut state = STATE.lock().expect("one thread");
    let (task, weights) = state.input.split_at(length);
    match run(&String::from_utf8_lossy(task), weights) {
        Ok((report, restored)) => {
            state.weights = restored;
            state.report = serde_json::to_string(&report).expect("a report is JSON");
            state.report.len() as isize
        }
        Err(message) => {
            state.report = message;
            -(state.report.len() as isize)
        }
    }
}

/// Where the report lies.
#[unsafe(no_mangle)]
pub extern "C" fn report() -> *const u8 {
    STATE.lock().expect("one thread").report.as_ptr()
}

/// Where the weights lie, as many bytes as there were.
#[unsafe(no_mangle)]
pub extern "C" fn weights() -> *const u8 {
    STATE.lock().expect("one thread").weights.as_ptr()
}
