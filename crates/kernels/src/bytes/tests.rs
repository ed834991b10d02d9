//! The same suite natively and in WebAssembly.

use super::{append, bounds};
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let count = random.below(300) as usize;
    // Without zeros, with some, or of nothing else.
    let least = [1, 0, 0, 0][random.below(4) as usize];
    let zeros = [0, 1, 40, 255][random.below(4) as usize];
    let src: Vec<u8> = random
        .bytes(count)
        .into_iter()
        .map(|byte| if byte <= zeros { least } else { byte })
        .collect();
    let mut out = random.bytes(count % 7);
    let expected = [out.as_slice(), &src].concat();
    append(&src, &mut out);
    if out != expected {
        return Err(format!("{count} bytes appended"));
    }
    let others = || src.iter().copied().filter(|&byte| byte != 0);
    let searched = (others().min().zip(others().max()), src.contains(&0));
    if bounds(&src) != searched {
        return Err(format!("bounds {:?} of {src:?}, expected {searched:?}", bounds(&src)));
    }
    Ok(())
}
