//! Codes back to weights: `(level(code) − zero) · scale`, a subtraction and a multiplication in fp32.

/// Entries of a table.
const TABLE: usize = 256;

/// What codes stand for before they are scaled. A code beyond the last counts as the last.
pub enum Levels {
    /// Integers.
    Integers {
        /// That of code 0.
        min: i32,
        /// The last code.
        last: u16,
    },
    /// Any numbers.
    Table {
        /// That of each code.
        values: Box<[f32; TABLE]>,
        /// The last code, at most 255.
        last: u16,
    },
}

impl Levels {
    /// The first 256 entries of a table; 0 alone for an empty one.
    pub fn table(entries: &[f32]) -> Self {
        let used = entries.len().min(TABLE);
        let mut values = Box::new([0.0; TABLE]);
        values[..used].copy_from_slice(&entries[..used]);
        Levels::Table {
            values,
            last: used.saturating_sub(1) as u16,
        }
    }

    /// The weights of codes that share a scale and a zero.
    #[inline(never)]
    pub fn restore(&self, codes: &[u16], scale: f32, zero: f32, weights: &mut [f32]) {
        let pairs = weights.iter_mut().zip(codes);
        match self {
            Levels::Integers { min, last } => {
                pairs.for_each(|(weight, &code)| *weight = (integer(*min, *last, code) - zero) * scale);
            }
            Levels::Table { values, last } => {
                pairs.for_each(|(weight, &code)| *weight = (entry(values, *last, code) - zero) * scale);
            }
        }
    }

    /// The weights of codes each of which has a scale and a zero of its own.
    #[inline(never)]
    pub fn restore_each(&self, codes: &[u16], scales: &[f32], zeros: &[f32], weights: &mut [f32]) {
        let all = weights.iter_mut().zip(codes).zip(scales).zip(zeros);
        match self {
            Levels::Integers { min, last } => {
                all.for_each(|(((weight, &code), scale), zero)| *weight = (integer(*min, *last, code) - zero) * scale);
            }
            Levels::Table { values, last } => {
                all.for_each(|(((weight, &code), scale), zero)| *weight = (entry(values, *last, code) - zero) * scale);
            }
        }
    }
}

/// The codes of signs: 0 for negative weights, `positive` for others, but for 0 that of `zero` where it has its own.
///
/// # Panics
/// Unless there is a code for each weight.
#[inline(never)]
pub fn signs(weights: &[f32], positive: u16, zero: Option<u16>, codes: &mut [u16]) {
    assert_eq!(weights.len(), codes.len(), "a code for each weight");
    let zero = zero.unwrap_or(positive);
    for (code, &weight) in codes.iter_mut().zip(weights) {
        let other = if weight == 0.0 { zero } else { positive };
        *code = if weight < 0.0 { 0 } else { other };
    }
}

#[inline(always)]
fn integer(min: i32, last: u16, code: u16) -> f32 {
    (min + i32::from(code.min(last))) as f32
}

#[inline(always)]
fn entry(values: &[f32; TABLE], last: u16, code: u16) -> f32 {
    // The mask says nothing new, but spares a check.
    values[usize::from(code.min(last)) & (TABLE - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_become_signs() {
        let weights = [0.0, -0.0, 1.0, -1.0, f32::MIN_POSITIVE, f32::NEG_INFINITY];
        let mut codes = [9; 6];
        signs(&weights, 1, None, &mut codes);
        assert_eq!(codes, [1, 1, 1, 0, 1, 0]);
        signs(&weights, 2, Some(1), &mut codes);
        assert_eq!(codes, [1, 1, 2, 0, 2, 0]);
    }

    #[test]
    fn codes_become_weights() {
        let codes = [0, 1, 2, 3, 9];
        let mut weights = [0.0; 5];
        let integers = Levels::Integers { min: -1, last: 3 };
        integers.restore(&codes, 0.5, 1.0, &mut weights);
        assert_eq!(weights, [-1.0, -0.5, 0.0, 0.5, 0.5]);
        integers.restore_each(
            &codes,
            &[1.0, 2.0, 3.0, 4.0, 5.0],
            &[0.0, 0.0, 0.0, 1.0, 2.0],
            &mut weights,
        );
        assert_eq!(weights, [-1.0, 0.0, 3.0, 4.0, 0.0]);
        let table = Levels::table(&[-3.0, 0.5, 7.0]);
        table.restore(&codes, 2.0, 0.0, &mut weights);
        assert_eq!(weights, [-6.0, 1.0, 14.0, 14.0, 14.0]);
        table.restore_each(&codes, &[1.0; 5], &[1.0, 0.5, 0.0, 0.0, 7.0], &mut weights);
        assert_eq!(weights, [-4.0, 0.0, 7.0, 7.0, 0.0]);
        Levels::table(&[]).restore(&codes, 1.0, 0.0, &mut weights);
        assert_eq!(weights, [0.0; 5]);
    }
}
