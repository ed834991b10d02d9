//! The same suite natively and in WebAssembly.

use super::append;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let count = random.below(300) as usize;
    let src = random.bytes(count);
    let mut out = random.bytes(count % 7);
    let expected = [out.as_slice(), &src].concat();
    append(&src, &mut out);
    if out != expected {
        return Err(format!("{count} bytes appended"));
    }
    Ok(())
}
