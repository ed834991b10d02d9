//! What the standard library would bring: an end to panics, and memory.

use core::panic::PanicInfo;

/// Nothing is told apart: a panic is a defect, and the trap says where it happened.
#[panic_handler]
fn trap(_: &PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[global_allocator]
static MEMORY: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;
