//! What a product misses: single weights that are stored beside it.

use super::svd::Components;

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
    let numbered = errors.enumerate().filter(|&(_, error)| error != 0.0);
    let mut ranked: Vec<(u32, u32, f32)> = numbered
        .map(|(i, error)| (!error.abs().to_bits(), i as u32, error))
        .collect();
    if number < ranked.len() {
        ranked.select_nth_unstable_by(number, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        ranked.truncate(number);
    }
    let mut largest: Vec<(u32, f32)> = ranked
        .into_iter()
        .map(|(_, position, error)| (position, error))
        .collect();
    largest.sort_unstable_by_key(|&(position, _)| position);
    largest
}
