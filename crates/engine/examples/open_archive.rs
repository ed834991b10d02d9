//! Opens archives and says what comes of it, for readers in other languages to compare with.
//!
//! Reads cases from the standard input until it ends: the archive's length (i64, little-endian; −1: not known), the
//! number of bytes that follow (u32), and the archive's first bytes, behind which all are zero. Writes a line of JSON for
//! each: `{"code": …, "message": …}`, or `{"plan": …, "jobs": […], "params": "…"}` with what decoders of all jobs, one by
//! one, are told, in hexadecimal digits.

use serde_json::{Value, json};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use tensorpress_engine::EngineError;
use tensorpress_engine::archive::{Opener, Select};
use tensorpress_engine::group::decode_group_of;
use tensorpress_engine::plan::Step;

fn main() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let mut head = [0; 12];
    loop {
        match input.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return output.flush(),
            other => other?,
        }
        let [l0, l1, l2, l3, l4, l5, l6, l7, given @ ..] = head;
        let mut bytes = vec![0; u32::from_le_bytes(given) as usize];
        input.read_exact(&mut bytes)?;
        let length = u64::try_from(i64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7])).ok();
        let answer = describe(&bytes, length)
            .unwrap_or_else(|error| json!({ "code": error.code(), "message": error.to_string() }));
        writeln!(output, "{answer}")?;
    }
}

fn describe(bytes: &[u8], length: Option<u64>) -> Result<Value, EngineError> {
    let mut opener = Opener::new(length);
    while let Step::Need(needs) = opener.poll() {
        let wanted = needs.iter().flat_map(|need| need.offset..need.offset + need.len);
        let wanted = wanted.map(|at| bytes.get(at as usize).copied().unwrap_or(0));
        opener.supply(wanted.collect())?;
    }
    let archive = opener.finish()?;
    let plan: Value = serde_json::from_str(&archive.plan_json().unwrap_or_default()).unwrap_or_default();
    let jobs = archive.jobs(&Select::all())?;
    let mut params = String::new();
    for job in &jobs {
        for byte in decode_group_of(&archive, &[job.id])?.to_bytes() {
            params.push_str(&format!("{byte:02x}"));
        }
    }
    Ok(json!({ "plan": plan, "jobs": jobs, "params": params }))
}
