//! Coded planes for a benchmark in WebAssembly: symbols in, bytes out, and back. JavaScript measures the time.

use std::sync::Mutex;
use tensorpress_entropy::{Effort, decode_plane, encode_plane};

/// A plane in its three forms.
struct State {
    symbols: Vec<u8>,
    coded: Vec<u8>,
    decoded: Vec<u8>,
}

static STATE: Mutex<State> = Mutex::new(State {
    symbols: Vec::new(),
    coded: Vec::new(),
    decoded: Vec::new(),
});

fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    work(&mut STATE.lock().expect("one thread"))
}

/// Makes room for a plane and gives where its symbols go.
#[unsafe(no_mangle)]
pub extern "C" fn symbols(length: usize) -> *mut u8 {
    with(|state| {
        state.symbols = vec![0; length];
        state.decoded = vec![0; length];
        state.symbols.as_mut_ptr()
    })
}

/// Codes the plane, and gives how many bytes that takes.
#[unsafe(no_mangle)]
pub extern "C" fn encode() -> usize {
    with(|state| {
        state.coded.clear();
        encode_plane(&state.symbols, Effort::Default, &mut state.coded);
        state.coded.len()
    })
}

/// Decodes what [`encode`] gave.
#[unsafe(no_mangle)]
pub extern "C" fn decode() {
    with(|state| {
        decode_plane(&state.coded, &mut state.decoded).expect("a plane");
    });
}

/// Whether what was decoded is what was coded.
#[unsafe(no_mangle)]
pub extern "C" fn identical() -> bool {
    with(|state| state.decoded == state.symbols)
}
