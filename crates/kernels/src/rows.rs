//! Rows of matrices: their products, and multiples of one added to another. Each sum is taken in one order, with and
//! without vectors.

/// The sum of products, in four lanes, for which the last up to three are added at the end.
#[inline(never)]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, rest_a) = a.as_chunks::<4>();
    let (b, rest_b) = b.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).fold(0.0, |sum, (a, b)| sum + a * b);
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// Adds `factor · row` to `target`.
#[inline(never)]
pub fn add(target: &mut [f64], factor: f64, row: &[f64]) {
    for (target, value) in target.iter_mut().zip(row) {
        *target += factor * value;
    }
}

/// Adds `factor · row` to `target`.
#[inline(never)]
pub fn add_f32(target: &mut [f32], factor: f32, row: &[f32]) {
    for (target, value) in target.iter_mut().zip(row) {
        *target += factor * value;
    }
}

/// Adds `factor · row` to `target`, which is more precise than the row.
#[inline(never)]
pub fn add_widened(target: &mut [f64], factor: f64, row: &[f32]) {
    for (target, &value) in target.iter_mut().zip(row) {
        *target += factor * f64::from(value);
    }
}

/// Subtracts `factors.0 · rows.0 + factors.1 · rows.1` from `target`.
#[inline(never)]
pub fn subtract_two(target: &mut [f64], factors: (f64, f64), rows: (&[f64], &[f64])) {
    for ((target, first), second) in target.iter_mut().zip(rows.0).zip(rows.1) {
        *target -= factors.0 * first + factors.1 * second;
    }
}

/// Rotates two rows: `upper` becomes `cosine · upper − sine · lower`, `lower` `sine · upper + cosine · lower`.
#[inline(never)]
pub fn rotate(upper: &mut [f64], lower: &mut [f64], sine: f64, cosine: f64) {
    for (upper, lower) in upper.iter_mut().zip(lower) {
        let (a, b) = (*upper, *lower);
        *lower = sine * a + cosine * b;
        *upper = cosine * a - sine * b;
    }
}

/// Divides `values` by `divisor` into `quotients`.
#[inline(never)]
pub fn divide(values: &[f32], divisor: f32, quotients: &mut [f32]) {
    for (quotient, value) in quotients.iter_mut().zip(values) {
        *quotient = value / divisor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_out_exactly() {
        let a: Vec<f64> = (0..11).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|value| 3.0 - value).collect();
        let narrow: Vec<f32> = b.iter().map(|&value| value as f32).collect();
        let expected: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        assert_eq!(dot(&a, &b), expected);
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + 2.0 * b).collect();
        let mut target = a.clone();
        add(&mut target, 2.0, &b);
        assert_eq!(target, sum);
        let mut target = a.clone();
        add_widened(&mut target, 2.0, &narrow);
        assert_eq!(target, sum);
        let mut target: Vec<f32> = a.iter().map(|&value| value as f32).collect();
        add_f32(&mut target, 2.0, &narrow);
        assert!(target.iter().zip(&sum).all(|(&found, &sum)| f64::from(found) == sum));
        let mut target = sum;
        subtract_two(&mut target, (1.0, 2.0), (&a, &b));
        assert_eq!(target, [0.0; 11]);
        let (mut upper, mut lower) = (a.clone(), b.clone());
        rotate(&mut upper, &mut lower, 1.0, 0.0);
        assert_eq!((upper, lower), (b.iter().map(|value| -value).collect(), a));
        let mut quotients = [0.0; 11];
        divide(&narrow, 2.0, &mut quotients);
        assert!(
            quotients
                .iter()
                .zip(&narrow)
                .all(|(quotient, value)| quotient * 2.0 == *value)
        );
    }
}
