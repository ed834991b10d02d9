//! Inflating what an archive holds as one DEFLATE stream of a declared length: the plan, and arrays that were deflated before.

use crate::EngineError;
use crate::error::{corrupt, limit};
use crate::limits::{MAX_INFLATION, MAX_PLAN};
use alloc::vec::Vec;
use tensorpress_entropy::inflate::inflate;

/// Inflates a raw DEFLATE stream (RFC 1951, without zlib's header) that must fill all of `deflated` and give exactly
/// `len` bytes.
///
/// Nothing is allocated before `len` is known to be at most [`MAX_PLAN`] (else a `limit` error) and no more than so
/// many deflated bytes can stand for; that, and whatever is wrong with the stream, is a `corrupt` error.
pub fn inflate_declared(deflated: &[u8], len: u64) -> Result<Vec<u8>, EngineError> {
    if len > MAX_PLAN {
        return Err(limit("MAX_PLAN", MAX_PLAN, len));
    }
    if len > deflated.len() as u64 * MAX_INFLATION + 64 {
        return Err(corrupt(
            "DEFLATE stream",
            detail!("{} deflated bytes cannot inflate to the declared {len}", deflated.len()),
        ));
    }
    let mut inflated = vec![0; len as usize];
    if !inflate(deflated, &mut inflated) {
        return Err(corrupt(
            "DEFLATE stream",
            detail!("{} bytes that do not inflate to exactly {len}", deflated.len()),
        ));
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_declared_length_is_accepted() {
        let plan = br#"{"files":[],"streams":[],"tensors":[]}"#.repeat(100);
        let deflated = miniz_oxide::deflate::compress_to_vec(&plan, 8);
        let len = plan.len() as u64;
        assert_eq!(inflate_declared(&deflated, len).unwrap(), plan);
        let behind = [deflated.as_slice(), &[0]].concat();
        for (bytes, len, code) in [
            (deflated.as_slice(), len - 1, "corrupt"),
            (deflated.as_slice(), len + 1, "corrupt"),
            (&deflated[..deflated.len() - 1], len, "corrupt"),
            (behind.as_slice(), len, "corrupt"),
            (&[], 0, "corrupt"),
            (&[], MAX_PLAN, "corrupt"),
            (deflated.as_slice(), MAX_PLAN + 1, "limit"),
        ] {
            assert_eq!(inflate_declared(bytes, len).unwrap_err().code(), code);
        }
        // An empty fixed-code block: the shortest stream there is.
        assert!(inflate_declared(&[3, 0], 0).unwrap().is_empty());
    }
}
