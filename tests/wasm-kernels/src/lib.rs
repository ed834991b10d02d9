//! The kernels' self-test as a WebAssembly module: numbers in, numbers out, no glue.

use std::sync::Mutex;
use tensorpress_kernels::self_test::simd_equals_scalar;

static MESSAGE: Mutex<String> = Mutex::new(String::new());

/// Whether the module was built with vectors: else the test compares the scalar code with itself.
#[unsafe(no_mangle)]
pub extern "C" fn has_simd() -> bool {
    cfg!(target_feature = "simd128")
}

/// Runs the test. Gives the length of the message that says what is wrong, 0 if nothing is.
#[unsafe(no_mangle)]
pub extern "C" fn run(seed: u64) -> usize {
    let mut message = MESSAGE.lock().expect("one thread");
    *message = simd_equals_scalar(seed).err().unwrap_or_default();
    message.len()
}

/// Where the message lies.
#[unsafe(no_mangle)]
pub extern "C" fn message() -> *const u8 {
    MESSAGE.lock().expect("one thread").as_ptr()
}
