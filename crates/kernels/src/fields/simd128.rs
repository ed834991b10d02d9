//! Merging two-byte elements whose raw part is a nibble, a pair and a bit: bf16 with one mantissa bit in the field.
//!
//! Bound by instructions: about 35 for 16 elements.

use super::GROUP;
use core::arch::wasm32::*;

/// Rebuilds whole groups of two-byte elements with 9 field bits from their symbols and the three sub-byte planes.
/// Gives the number of elements done.
pub(super) fn merge_seven(base: u16, symbols: &[u8], planes: [&[u8]; 3], dst: &mut [u8]) -> usize {
    let [nibbles, pairs, bits] = planes;
    let groups = symbols.len() / GROUP;
    assert!(nibbles.len() >= groups * 64 && pairs.len() >= groups * 32 && bits.len() >= groups * 16);
    assert!(dst.len() >= groups * GROUP * 2);
    let before_base = u16x8_splat(base.wrapping_sub(1));
    for group in 0..groups {
        // SAFETY: the assertions above cover all that a group reads and writes: GROUP symbols, 64, 32 and 16 bytes of
        // the planes and 2 * GROUP bytes of `dst`.
        unsafe {
            let bit = v128_load(bits.as_ptr().add(group * 16).cast());
            macro_rules! chunk {
                ($($chunk:literal)*) => {$(
                    let nibble = v128_load(nibbles.as_ptr().add(group * 64 + ($chunk & 3) * 16).cast());
                    let nibble = if $chunk < 4 { nibble } else { u16x8_shr(nibble, 4) };
                    let pair = v128_load(pairs.as_ptr().add(group * 32 + ($chunk & 1) * 16).cast());
                    // Shifts of 16-bit lanes are cheaper; the masks remove what crosses from one byte to the next.
                    let pair = if $chunk < 4 { u16x8_shl(pair, 4 - ($chunk & 2)) } else { u16x8_shr(pair, ($chunk & 6u32).wrapping_sub(4)) };
                    let one = if $chunk < 7 { u16x8_shl(bit, 6 - ($chunk % 7)) } else { u16x8_shr(bit, 1) };
                    let raw = v128_or(
                        v128_and(nibble, u8x16_splat(15)),
                        v128_or(v128_and(pair, u8x16_splat(0x30)), v128_and(one, u8x16_splat(0x40))),
                    );
                    let symbol = v128_load(symbols.as_ptr().add(group * GROUP + $chunk * 16).cast());
                    let target = dst.as_mut_ptr().add((group * GROUP + $chunk * 16) * 2);
                    let low = seven(u16x8_extend_low_u8x16(symbol), u16x8_extend_low_u8x16(raw), before_base);
                    let high = seven(u16x8_extend_high_u8x16(symbol), u16x8_extend_high_u8x16(raw), before_base);
                    v128_store(target.cast(), low);
                    v128_store(target.add(16).cast(), high);
                )*};
            }
            chunk!(0 1 2 3 4 5 6 7);
        }
    }
    groups * GROUP
}

/// Eight elements: the field above the raw bits, rotated right by one. The shift cuts fields beyond 9 bits.
#[inline(always)]
fn seven(symbol: v128, raw: v128, before_base: v128) -> v128 {
    let field = v128_andnot(u16x8_add(symbol, before_base), u16x8_eq(symbol, u16x8_splat(0)));
    let rotated = v128_or(u16x8_shl(field, 7), raw);
    v128_or(u16x8_shr(rotated, 1), u16x8_shl(rotated, 15))
}
