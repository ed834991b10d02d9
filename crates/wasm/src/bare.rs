//! What the standard library would bring: an end to panics, and memory.

use core::panic::PanicInfo;

/// A panic is a defect; the trap says where it happened.
#[panic_handler]
fn trap(_: &PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
