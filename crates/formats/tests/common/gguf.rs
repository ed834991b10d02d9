//! Builds GGUF files piece by piece, honest or not.

/// A version 3 file of metadata `pairs` and tensor `infos`, with `data` zero bytes behind.
pub fn build(tensors: u64, pairs: &[(&str, u32, Vec<u8>)], infos: &[u8], data: usize) -> Vec<u8> {
    let mut bytes = head(tensors, pairs, infos);
    bytes.resize(bytes.len().next_multiple_of(32) + data, 0);
    bytes
}

/// The same as far as the infos go.
pub fn head(tensors: u64, pairs: &[(&str, u32, Vec<u8>)], infos: &[u8]) -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend(tensors.to_le_bytes());
    bytes.extend((pairs.len() as u64).to_le_bytes());
    for (key, kind, value) in pairs {
        bytes.extend(text(key));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(value);
    }
    bytes.extend(infos);
    bytes
}

/// A string behind its length.
pub fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// A tensor info.
pub fn info(name: &str, dims: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut bytes = text(name);
    bytes.extend((dims.len() as u32).to_le_bytes());
    bytes.extend(dims.iter().flat_map(|d| d.to_le_bytes()));
    bytes.extend(kind.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

/// An array value: element type, count, elements.
pub fn array(element: u32, count: u64, elements: &[u8]) -> Vec<u8> {
    [&element.to_le_bytes()[..], &count.to_le_bytes(), elements].concat()
}
