//! Streaming XXH3-128 of files.

#[cfg(feature = "encode")]
use alloc::string::String;
use alloc::vec::Vec;
use tensorpress_codec::digest::FileDigest;
#[cfg(feature = "encode")]
use tensorpress_codec::digest::to_hex;
use wasm_bindgen::prelude::wasm_bindgen;

/// The digest of one file.
#[wasm_bindgen]
#[derive(Default)]
pub struct Digest {
    state: FileDigest,
    input: Vec<u8>,
}

#[cfg(feature = "encode")]
impl Digest {
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }
}

#[wasm_bindgen]
impl Digest {
    /// A digest of no bytes yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Digest {
        Digest::default()
    }

    /// Where to write the next `len` bytes. Valid until the next call that may grow WebAssembly memory.
    pub fn input(&mut self, len: usize) -> usize {
        crate::codec::grow(&mut self.input, len);
        self.input.as_ptr() as usize
    }

    /// Appends the first `len` bytes of the input.
    pub fn update(&mut self, len: usize) {
        self.state.update(&self.input[..len.min(self.input.len())]);
    }

    /// The upper or the lower half of the digest.
    #[cfg(not(feature = "encode"))]
    pub fn half(&self, upper: bool) -> u64 {
        let digest = self.state.finish();
        (if upper { digest >> 64 } else { digest }) as u64
    }

    /// 32 hexadecimal digits.
    #[cfg(feature = "encode")]
    pub fn hex(&self) -> String {
        to_hex(self.state.finish())
    }
}
