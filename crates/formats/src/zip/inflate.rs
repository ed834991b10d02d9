//! Inflating the start of a member, no further than asked.

use super::{Member, Method};
use crate::error::FormatError;
use crate::input::Input;
use crate::limits::MAX_INFLATED;
use tensorpress_entropy::inflate::{self, MAX_MATCH};
use tensorpress_json::Quoted;

/// Packed bytes that are tried first. Where they do not suffice, as many again as were tried. Each time it is inflated
/// from the start, and what was tried before is tried again where bytes had to be waited for: no more than four times as much.
const FIRST: u64 = 64 * 1024;
/// Most bytes that a packed one stands for.
const MAX_INFLATION: u64 = 1032;

/// The first `wanted` unpacked bytes of a member, or all of them where it holds fewer.
pub fn inflate_start(input: &Input, member: &Member, wanted: u64) -> Result<Vec<u8>, FormatError> {
    let wanted = wanted.min(member.unpacked);
    input.check_limit("MAX_INFLATED", MAX_INFLATED, wanted)?;
    match member.method {
        Method::Stored => input.bytes(member.offset, wanted),
        Method::Deflated => inflate(input, member, wanted as usize),
        Method::Other => Err(input.unsupported(format!(
            "member {} is encrypted or neither stored nor deflated",
            Quoted(&member.name)
        ))),
    }
}

fn inflate(input: &Input, member: &Member, wanted: usize) -> Result<Vec<u8>, FormatError> {
    let mut tried = FIRST.min(member.len);
    let mut output = Vec::new();
    loop {
        let packed = input.bytes(member.offset, tried)?;
        // The claim is not believed beyond what so much input can make.
        let room = tried.saturating_mul(MAX_INFLATION).min(wanted as u64) as usize;
        // What it holds already is overwritten.
        output.resize(room + MAX_MATCH, 0);
        let (made, ended) = inflate::inflate_start(&packed, &mut output);
        if made >= wanted || ended {
            output.truncate(made.min(wanted));
            return Ok(output);
        }
        if tried == member.len {
            let detail = format!(
                "member {} is no deflate stream from byte {made} of what it holds on",
                Quoted(&member.name)
            );
            return Err(input.corrupt(member.offset, detail));
        }
        tried = (2 * tried).min(member.len);
    }
}
