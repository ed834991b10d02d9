//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

/// The index of the nearest centroid, by distances; the first of several.
fn naive(centroids: &[f32], value: f32) -> u32 {
    let distance = |centroid: f32| (f64::from(value) - f64::from(centroid)).abs();
    let mut best = 0;
    for (index, &centroid) in centroids.iter().enumerate() {
        if distance(centroid) < distance(centroids[best]) {
            best = index;
        }
    }
    best as u32
}

fn check_index(random: &mut Random, most: u64) -> Result<(), String> {
    let count = 1 + random.below(most) as usize;
    let spread = [1.0, 1e-30, 1e30][random.below(3) as usize];
    let mut centroids: Vec<f32> = (0..count).map(|_| random.weight() * spread).collect();
    if random.below(4) == 0 {
        // A far centroid: all others share one cell of the table.
        centroids[0] = 1e6 * spread;
    }
    if random.below(4) == 0 {
        let repeated = centroids[0];
        centroids[count / 2..].fill(repeated);
    }
    centroids.sort_by(f32::total_cmp);
    let codebook = Codebook::new(&centroids).ok_or("no codebook")?;
    let length = random.below(60) as usize;
    let mut values = random.floats(length);
    for value in &mut values {
        match random.below(3) {
            0 => *value *= spread,
            1 => {
                // On a boundary or beside it.
                let boundaries = codebook.boundaries();
                let at = boundaries.get(random.below(count as u64) as usize).copied();
                let at = at.unwrap_or(centroids[0]);
                *value = [at.next_down(), at, at.next_up()][random.below(3) as usize];
            }
            _ => {}
        }
    }
    let mut indices = vec![0; length];
    codebook.assign(&values, &mut indices);
    let mut halved = vec![0; length];
    scalar::halve(codebook.boundaries(), &values, &mut halved);
    for at in 0..length {
        let value = values[at];
        let (found, halved) = (u32::from(indices[at]), u32::from(halved[at]));
        let expected = if value == f32::INFINITY {
            // The first of equal ones is the nearest that there is.
            codebook
                .boundaries()
                .iter()
                .filter(|&&boundary| boundary < value)
                .count() as u32
        } else if value.is_finite() {
            naive(&centroids, value)
        } else {
            0
        };
        // Far from all centroids a double cannot tell their distances apart.
        let tells = !value.is_finite() || value.abs() < 1e7 * spread;
        if found != halved || (tells && found != expected && centroids[found as usize] != centroids[expected as usize])
        {
            return Err(format!(
                "nearest to {value:e} is {found}, not {expected} or {halved}, of {centroids:?}"
            ));
        }
    }
    Ok(())
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    check_index(random, 17)?;
    check_index(random, 256)?;
    check_index(random, 3000)
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn agrees_with_naive() {
        let mut random = Random::new(8);
        for _ in 0..200 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn unusable_centroids_are_refused() {
        for centroids in [
            vec![],
            vec![1.0, 0.0],
            vec![f32::NAN],
            vec![0.0, f32::INFINITY],
            vec![0.0; MAX_CENTROIDS + 1],
        ] {
            assert!(Codebook::new(&centroids).is_none());
        }
        assert!(Codebook::new(&vec![0.0; MAX_CENTROIDS]).is_some());
    }

    #[test]
    fn tables_serve_what_weights_need() {
        // 256 centroids, dense in the middle.
        let centroids: Vec<f32> = (-128..128)
            .map(|i: i32| i as f32 * (1.0 + (i * i) as f32 / 4000.0))
            .collect();
        let codebook = Codebook::new(&centroids).unwrap();
        assert_eq!(codebook.table.as_ref().map(|table| table.steps), Some(1));
        for (index, &centroid) in centroids.iter().enumerate() {
            let mut found = [0];
            codebook.assign(&[centroid], &mut found);
            assert_eq!(usize::from(found[0]), index);
        }
    }
}
