//! Inflating raw DEFLATE streams (RFC 1951) whose lengths are known, with next to no code and memory.
//!
//! Codes of up to [`FAST`] bits, which nearly all symbols have, are looked up; longer ones are counted through.

/// Bits of the window of a look-up.
const FAST: u32 = 10;
/// The most bits of a code.
const MAX_LENGTH: usize = 15;
/// Literals, the end of a block and lengths, of which the last two are reserved.
const LITERALS: usize = 288;
/// Distances, of which the last two are reserved.
const DISTANCES: usize = 32;
/// The symbol that ends a block.
const END: u16 = 256;
/// In this order the lengths of the code for lengths are stored.
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The most bytes that one symbol stands for: what `out` of [`inflate_start`] needs beyond the bytes that are wanted.
pub const MAX_MATCH: usize = 258;

/// Inflates `input` into `out`. Gives `false`, with garbage in `out`, unless the stream fills exactly both.
#[must_use]
pub fn inflate(input: &[u8], out: &mut [u8]) -> bool {
    let mut bits = Bits::new(input);
    let mut at = 0;
    blocks(&mut bits, out, &mut at).is_some() && at == out.len() && bits.rest.is_empty() && bits.count < 8
}

/// Inflates what of the stream's start is in `input`, as far as it fits into `out`: how many bytes that made, and whether
/// they are all there are. If not, `out` has no room for another [`MAX_MATCH`] bytes, `input` is cut, or damaged there.
pub fn inflate_start(input: &[u8], out: &mut [u8]) -> (usize, bool) {
    let mut at = 0;
    let ended = blocks(&mut Bits::new(input), out, &mut at).is_some();
    (at, ended)
}

/// All blocks, into `out` from `at` on, which is left where they end or fail.
fn blocks(bits: &mut Bits, out: &mut [u8], at: &mut usize) -> Option<()> {
    let (mut literals, mut distances) = (Code::new(), Code::new());
    loop {
        let last = bits.take(1)?;
        match bits.take(2)? {
            0 => {
                bits.take(bits.count & 7)?;
                let length = bits.take(16)?;
                if length ^ bits.take(16)? != 0xffff {
                    return None;
                }
                for _ in 0..length {
                    *out.get_mut(*at)? = bits.take(8)? as u8;
                    *at += 1;
                }
            }
            1 => {
                let mut lengths = [8u8; LITERALS];
                lengths[144..256].fill(9);
                lengths[256..280].fill(7);
                if !literals.rebuild(&lengths) || !distances.rebuild(&[5; DISTANCES]) {
                    return None;
                }
                symbols(bits, &literals, &distances, out, at)?;
            }
            2 => {
                read_codes(bits, &mut literals, &mut distances)?;
                symbols(bits, &literals, &distances, out, at)?;
            }
            _ => return None,
        }
        if last == 1 {
            return Some(());
        }
    }
}

/// The codes of a block that brings its own.
fn read_codes(bits: &mut Bits, literals: &mut Code, distances: &mut Code) -> Option<()> {
    let literal_count = bits.take(5)? as usize + 257;
    let distance_count = bits.take(5)? as usize + 1;
    let own_count = bits.take(4)? as usize + 4;
    let mut lengths = [0u8; LITERALS + DISTANCES];
    for &symbol in &ORDER[..own_count] {
        lengths[usize::from(symbol)] = bits.take(3)? as u8;
    }
    if !literals.rebuild(&lengths[..ORDER.len()]) {
        return None;
    }
    let all = literal_count + distance_count;
    let (mut at, mut previous) = (0, None);
    while at < all {
        let (length, run) = match literals.next(bits)? {
            16 => (previous?, bits.take(2)? + 3),
            17 => (0, bits.take(3)? + 3),
            18 => (0, bits.take(7)? + 11),
            length => (length as u8, 1),
        };
        if run as usize > all - at {
            return None;
        }
        lengths[at..at + run as usize].fill(length);
        at += run as usize;
        previous = Some(length);
    }
    let (first, second) = lengths[..all].split_at(literal_count);
    (literals.rebuild(first) && distances.rebuild(second)).then_some(())
}

/// What a block's codes stand for, into `out` from `at` on, which is left where they end or fail.
fn symbols(bits: &mut Bits, literals: &Code, distances: &Code, out: &mut [u8], at: &mut usize) -> Option<()> {
    loop {
        let symbol = literals.next(bits)?;
        if symbol < END {
            *out.get_mut(*at)? = symbol as u8;
            *at += 1;
            continue;
        }
        if symbol == END {
            return Some(());
        }
        // A code and the bits beside it are 28 at most.
        let index = u32::from(symbol - END - 1);
        let length = match index {
            0..8 => 3 + index,
            8..28 => {
                let extra = index / 4 - 1;
                3 + ((4 + index % 4) << extra) + bits.take_loaded(extra)?
            }
            28 => 258,
            _ => return None,
        };
        let index = u32::from(distances.next(bits)?);
        let distance = match index {
            0..4 => 1 + index,
            4..30 => {
                let extra = index / 2 - 1;
                1 + ((2 + index % 2) << extra) + bits.take_loaded(extra)?
            }
            _ => return None,
        };
        let from = at.checked_sub(distance as usize)?;
        let window = out.get_mut(from..*at + length as usize)?;
        if distance >= length {
            let (before, copy) = window.split_at_mut(distance as usize);
            copy.copy_from_slice(&before[..length as usize]);
        } else {
            // Each byte can be one that was just written.
            for index in distance as usize..window.len() {
                window[index] = window[index - distance as usize];
            }
        }
        *at += length as usize;
    }
}

/// A canonical code.
struct Code {
    /// By the next bits: symbol times 16 and length, or 0 where the code is longer, or none.
    fast: [u16; 1 << FAST],
    /// How many codes have each length.
    counts: [u16; MAX_LENGTH + 1],
    /// The symbols in the order of their codes.
    symbols: [u16; LITERALS],
}

impl Code {
    fn new() -> Self {
        Code {
            fast: [0; 1 << FAST],
            counts: [0; MAX_LENGTH + 1],
            symbols: [0; LITERALS],
        }
    }

    /// Takes the code of these lengths, at most 288. Gives `false` unless it is complete or has no more than one symbol.
    #[must_use]
    fn rebuild(&mut self, lengths: &[u8]) -> bool {
        self.counts.fill(0);
        self.fast.fill(0);
        for &length in lengths {
            self.counts[usize::from(length & 15)] += 1;
        }
        self.counts[0] = 0;
        let (mut code, mut used) = (0u32, 0);
        for length in 1..=MAX_LENGTH {
            code *= 2;
            if self.counts[length] == 0 {
                continue;
            }
            for (symbol, _) in lengths
                .iter()
                .enumerate()
                .filter(|&(_, &own)| usize::from(own) == length)
            {
                self.symbols[used] = symbol as u16;
                used += 1;
                if length as u32 <= FAST && code < 1 << length {
                    let first = (code.reverse_bits() >> (32 - length as u32)) as usize;
                    let entry = (symbol as u16) << 4 | length as u16;
                    self.fast[first..]
                        .iter_mut()
                        .step_by(1 << length)
                        .for_each(|slot| *slot = entry);
                }
                code += 1;
            }
            if code > 1 << length {
                return false;
            }
        }
        used <= 1 || code == 1 << MAX_LENGTH
    }

    /// The next symbol.
    #[inline(always)]
    fn next(&self, bits: &mut Bits) -> Option<u16> {
        bits.refill();
        let entry = self.fast[bits.bits as usize & ((1 << FAST) - 1)];
        if entry == 0 {
            return self.next_long(bits);
        }
        bits.take_loaded(u32::from(entry & 15))?;
        Some(entry >> 4)
    }

    /// As `next`, length by length.
    #[cold]
    #[inline(never)]
    fn next_long(&self, bits: &mut Bits) -> Option<u16> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for &count in &self.counts[1..] {
            code = code << 1 | bits.take(1)?;
            let within = code - first;
            if within < u32::from(count) {
                return self.symbols.get(index + within as usize).copied();
            }
            index += usize::from(count);
            first = (first + u32::from(count)) << 1;
        }
        None
    }
}

/// Bits from the front of bytes, lowest first.
struct Bits<'a> {
    rest: &'a [u8],
    bits: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Bits {
            rest,
            bits: 0,
            count: 0,
        }
    }

    /// Has 32 bits at hand, or all that are left.
    #[inline(always)]
    fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some((bytes, rest)) = self.rest.split_first_chunk::<4>() {
            self.bits |= u64::from(u32::from_le_bytes(*bytes)) << self.count;
            self.count += 32;
            self.rest = rest;
        } else {
            self.refill_slowly();
        }
    }

    /// The last bytes.
    #[cold]
    #[inline(never)]
    fn refill_slowly(&mut self) {
        for &byte in self.rest {
            self.bits |= u64::from(byte) << self.count;
            self.count += 8;
        }
        self.rest = &[];
    }

    /// The next `count` bits, at most 16, of those at hand.
    #[inline(always)]
    fn take_loaded(&mut self, count: u32) -> Option<u32> {
        self.count = self.count.checked_sub(count)?;
        let value = self.bits as u32 & ((1 << count) - 1);
        self.bits >>= count;
        Some(value)
    }

    /// The next `count` bits, at most 16.
    #[inline(never)]
    fn take(&mut self, count: u32) -> Option<u32> {
        self.refill();
        self.take_loaded(count)
    }
}

#[cfg(test)]
mod tests;
