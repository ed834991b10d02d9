//! Square blocks of vectors at a time. Bound by the caches that tiles are in.

use super::LINE;
use super::sealed::Blocks;
use crate::vector::{Number, load, store};
use core::arch::wasm32::*;

impl Blocks for f32 {
    fn whole_tile(from: &[Self], columns: usize, to: &mut [Self], rows: usize) {
        // Two perfect shuffles of all 16 elements.
        let shuffled = |[a, b, c, d]: [v128; 4]| {
            let low = |x, y| i32x4_shuffle::<0, 4, 1, 5>(x, y);
            let high = |x, y| i32x4_shuffle::<2, 6, 3, 7>(x, y);
            [low(a, c), high(a, c), low(b, d), high(b, d)]
        };
        each_block::<Self, 4>(from, columns, to, rows, |vectors| shuffled(shuffled(vectors)));
    }
}

impl Blocks for u16 {
    fn whole_tile(from: &[Self], columns: usize, to: &mut [Self], rows: usize) {
        // Three perfect shuffles of all 64 elements.
        let shuffled = |[a, b, c, d, e, f, g, h]: [v128; 8]| {
            let low = |x, y| i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(x, y);
            let high = |x, y| i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(x, y);
            let (first, second) = ([(a, e), (b, f)], [(c, g), (d, h)]);
            let [[a, b, c, d], [e, f, g, h]] =
                [first, second].map(|[(a, e), (b, f)]| [low(a, e), high(a, e), low(b, f), high(b, f)]);
            [a, b, c, d, e, f, g, h]
        };
        each_block::<Self, 8>(from, columns, to, rows, |vectors| shuffled(shuffled(shuffled(vectors))));
    }
}

/// Calls `turn` with the rows of each block of `N` by `N` elements, and writes what it gives as that block's columns.
#[inline(always)]
fn each_block<E: Number, const N: usize>(
    from: &[E],
    columns: usize,
    to: &mut [E],
    rows: usize,
    turn: impl Fn([v128; N]) -> [v128; N],
) {
    let side = LINE / size_of::<E>();
    for left in (0..side).step_by(N) {
        for top in (0..side).step_by(N) {
            let vectors = core::array::from_fn(|row| {
                let at = (top + row) * columns + left;
                load::<E, N>(from[at..].first_chunk().expect("a tile within the matrix"))
            });
            for (column, vector) in turn(vectors).into_iter().enumerate() {
                let at = (left + column) * rows + top;
                store::<E, N>(to[at..].first_chunk_mut().expect("a tile within the matrix"), vector);
            }
        }
    }
}
