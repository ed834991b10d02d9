//! Mutations: what turns a valid input into a hostile one.

use crate::case::Case;
use crate::random::Random;

/// Values at which lengths, counts and offsets tend to break.
const INTERESTING: [u64; 24] = [
    0,
    1,
    2,
    7,
    8,
    63,
    64,
    127,
    128,
    255,
    256,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x100_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_fff8,
    u64::MAX,
];

/// Numbers as a text format writes them.
const INTERESTING_TEXT: [&str; 12] = [
    "0",
    "-1",
    "1e9",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "9007199254740993",
    "1.5",
    "null",
    "[]",
    "{}",
    "\"\"",
];

/// Applies one to eight random mutations to one part of `case`; `other` gives bytes to splice in.
pub fn mutate(case: &mut Case, other: &Case, random: &Random, longest: usize) {
    let part = random.below(case.files.len());
    let donor = &other.files[random.below(other.files.len())].1;
    let bytes = &mut case.files[part].1;
    for _ in 0..1 + random.below(1 << random.below(4)) {
        step(bytes, donor, random);
    }
    bytes.truncate(longest);
}

fn step(bytes: &mut Vec<u8>, donor: &[u8], random: &Random) {
    let len = bytes.len();
    let at = random.below(len);
    match random.below(12) {
        _ if len == 0 => bytes.extend((0..random.below(64)).map(|_| 0u8)),
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.bits() as u8,
        3 => bytes[at] = [0x00, 0x01, 0x7f, 0x80, 0xff][random.below(5)],
        4 | 5 => write_integer(bytes, at, random),
        6 => bytes.truncate(at),
        7 => {
            let count = 1 + random.below((len - at).min(1 << random.below(12)));
            bytes.drain(at..at + count.min(len - at));
        }
        8 => {
            let count = 1 + random.below(1 << random.below(8));
            let fill = random.bits() as u8;
            let noise = random.below(2) == 0;
            let added: Vec<u8> = (0..count)
                .map(|_| if noise { random.bits() as u8 } else { fill })
                .collect();
            bytes.splice(at..at, added);
        }
        9 => {
            // A run of this input over another place of it.
            let count = 1 + random.below((len - at).min(1 << random.below(10)));
            let run = bytes[at..(at + count).min(len)].to_vec();
            let to = random.below(len);
            let end = if random.below(2) == 0 {
                to
            } else {
                (to + run.len()).min(len)
            };
            bytes.splice(to..end, run);
        }
        10 => {
            let from = random.below(donor.len());
            let count = random.below((donor.len() - from).min(1 << random.below(12)) + 1);
            let end = if random.below(2) == 0 {
                at
            } else {
                (at + count).min(len)
            };
            bytes.splice(at..end, donor[from..from + count].to_vec());
        }
        _ => replace_number(bytes, at, random),
    }
}

fn write_integer(bytes: &mut [u8], at: usize, random: &Random) {
    let width = [1, 2, 4, 8][random.below(4)].min(bytes.len() - at);
    let place = &mut bytes[at..at + width];
    let mut old = [0u8; 8];
    old[..width].copy_from_slice(place);
    let value = match random.below(4) {
        0 => u64::from_le_bytes(old)
            .wrapping_add(random.below(9) as u64)
            .wrapping_sub(4),
        1 => u64::from_le_bytes(old) << random.below(16),
        _ => INTERESTING[random.below(INTERESTING.len())],
    };
    place.copy_from_slice(&value.to_le_bytes()[..width]);
    if random.below(4) == 0 {
        place.reverse();
    }
}

/// Replaces the next run of decimal digits behind `at`, for JSON and Python literals.
fn replace_number(bytes: &mut Vec<u8>, at: usize, random: &Random) {
    let Some(start) = (at..bytes.len().min(at + 4096)).find(|&i| bytes[i].is_ascii_digit()) else {
        return;
    };
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = INTERESTING_TEXT[random.below(INTERESTING_TEXT.len())];
    bytes.splice(start..start + digits, text.bytes());
}
