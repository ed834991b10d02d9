//! What a product misses: single weights that are stored beside it.

use super::svd::Components;
use tensorpress_kernels::sort::least;

/// Rounds of the alternation.
const ROUNDS: usize = 3;

/// How many single weights a share of them is, rounded to the nearest whole number, halves up.
pub(super) fn number(share: f64, weights: usize) -> usize {
    ((share * weights as f64 + 0.5) as usize).min(weights)
}

/// Components for all but the `number` weights that fit worst, by turns: the components of the matrix without what is
/// stored beside them, then the largest errors of their product (Zhou and Tao, "GoDec: randomized low-rank and sparse
/// matrix decomposition in noisy case", 2011, with an exact decomposition). `plain` are those of the matrix as it is.
pub(super) fn components(
    matrix: &[f32],
    plain: Components,
    rank: usize,
    number: usize,
    choose_rank: impl Fn(&[f64]) -> usize,
) -> Components {
    let (mut components, mut rank) = (plain, rank);
    if number == 0 {
        return components;
    }
    for _ in 0..ROUNDS {
        let mut rest = matrix.to_vec();
        for (position, error) in largest(matrix, &components.product(rank), number) {
            rest[position as usize] -= error;
        }
        components = Components::of(&rest, components.rows, components.columns);
        rank = choose_rank(&components.squares);
    }
    components
}

/// The `number` largest errors of a product, the first ones among equals; zeros are left out. Ascending by position.
pub(super) fn largest(matrix: &[f32], product: &[f32], number: usize) -> Vec<(u32, f32)> {
    let errors = matrix.iter().zip(product).map(|(weight, product)| weight - product);
    let numbered: Vec<(u32, f32)> = (0..).zip(errors).filter(|&(_, error)| error != 0.0).collect();
    // Magnitudes are in the order of their bits.
    let keys: Vec<u64> = numbered
        .iter()
        .map(|(_, error)| u64::from(!error.abs().to_bits()) << 32)
        .collect();
    let chosen = least(&keys, number.min(keys.len()));
    chosen.into_iter().map(|index| numbered[index as usize]).collect()
}
