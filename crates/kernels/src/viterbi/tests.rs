//! The same suite natively and in WebAssembly.

use super::*;
use crate::quads::Portable;
use crate::self_test::Random;

/// Where the weight of a code lies, in steps.
fn place_of(search: &Search, quantizer: u8, magnitude: u16) -> f32 {
    let number = point(quantizer, magnitude);
    match number {
        0 => 0.0,
        _ => number as f32 + search.offsets[(number as usize).min(3) - 1],
    }
}

/// What a code costs: its squared error in steps, and its price.
fn cost(search: &Search, steps: f32, context: u8, quantizer: u8, magnitude: u16) -> f64 {
    let table = &search.tables[usize::from(context)][usize::from(quantizer)];
    let price = match table.get(usize::from(magnitude)) {
        Some(&price) => price,
        None => (search.beyond)(context, usize::from(quantizer), u32::from(magnitude)),
    };
    f64::from(steps - place_of(search, quantizer, magnitude)).powi(2) + f64::from(price)
}

/// The least that the codes of one machine's elements cost, of all that may be chosen.
fn least(search: &Search, elements: &[(f32, u8)]) -> f64 {
    let mut costs = vec![f64::INFINITY; search.trellis.states()];
    costs[0] = 0.0;
    for &(steps, context) in elements {
        let mut next = vec![f64::INFINITY; costs.len()];
        for (state, &so_far) in costs.iter().enumerate() {
            let quantizer = state as u8 & 1;
            let below = ((steps + f32::from(quantizer)) * 0.5) as u16;
            let allowed = if steps > 0.0 {
                vec![0, below, below + 1]
            } else {
                vec![0]
            };
            for magnitude in allowed {
                let to = usize::from(search.trellis.next(state as u8, magnitude as u8));
                next[to] = next[to].min(so_far + cost(search, steps, context, quantizer, magnitude));
            }
        }
        costs = next;
    }
    costs.into_iter().fold(f64::INFINITY, f64::min)
}

/// Follows codes as a decoder does: what they cost, how far a weight is from its own, and what there is to count.
fn replay(search: &Search, steps: &[f32], contexts: &[u8], codes: &[u16]) -> (f64, f32, Statistics) {
    let mut states = [0; MACHINES];
    let mut farthest = 0f32;
    let (mut sum, mut statistics) = (0.0, Statistics::new());
    for (place, ((&steps, &context), &code)) in steps.iter().zip(contexts).zip(codes).enumerate() {
        let state = &mut states[place % MACHINES];
        let quantizer = *state & 1;
        *state = search.trellis.next(*state, code as u8);
        sum += cost(search, steps, context, quantizer, code);
        farthest = farthest.max((steps - place_of(search, quantizer, code)).abs());
        match statistics.counts[usize::from(context)][usize::from(quantizer)].get_mut(usize::from(code)) {
            Some(count) => *count += 1,
            None => statistics.beyond.push((context, quantizer, code)),
        }
        let number = point(quantizer, code);
        statistics.sums[place % LANES][(number as usize).min(3)] += f64::from(steps) - f64::from(number);
    }
    (sum, farthest, statistics)
}

fn check_length(random: &mut Random, length: usize) -> Result<(), String> {
    let trellis = Trellis::new(2 + random.below(4) as u8).ok_or("no trellis")?;
    let contexts = 1 + random.below(CONTEXTS as u64);
    let noise = [0.0, 0.3][random.below(2) as usize];
    let mut price = |magnitude: usize| (magnitude as f32 + 1.0).log2() * 0.4 + random.weight().abs() * 10.0 * noise;
    let tables: Vec<Table> = (0..contexts)
        .map(|_| [0, 1].map(|_| std::array::from_fn(&mut price)))
        .collect();
    let search = Search {
        trellis,
        tables: &tables,
        beyond: &|context, quantizer, magnitude| f32::from(context) + quantizer as f32 + (magnitude as f32).log2(),
        offsets: [0.1, -0.05, 0.02].map(|offset| offset * noise),
        // A whole step is the farthest that the nearest code under either quantizer is.
        limit: [f32::INFINITY, 1.0625][random.below(2) as usize],
    };
    let spread = [10.0, 100.0, 1e5][random.below(3) as usize];
    let steps: Vec<f32> = (0..length)
        .map(|_| match random.below(8) {
            0 => 0.0,
            1 => random.below(600) as f32 * 0.5,
            _ => (random.weight().abs() * spread).min(32_000.0),
        })
        .collect();
    let contexts: Vec<u8> = (0..length).map(|_| random.below(contexts) as u8).collect();

    let mut codes = vec![0; length];
    let found = path(&search, &steps, &contexts, &mut codes);
    let mut portable = vec![0; length];
    let same = path_of::<Portable>(&search, &steps, &contexts, &mut portable);
    if codes != portable || found != same {
        return Err(format!("paths of {length} elements differ"));
    }
    let (paid, farthest, counted) = replay(&search, &steps, &contexts, &codes);
    let mut beyond = (found.beyond.clone(), counted.beyond);
    beyond.0.sort_unstable();
    beyond.1.sort_unstable();
    let sums = found.sums.as_flattened().iter().zip(counted.sums.as_flattened());
    let near = sums
        .clone()
        .all(|(a, b)| (a - b).abs() <= 1e-9 * (1.0 + a.abs()) * length as f64);
    if found.counts != counted.counts || beyond.0 != beyond.1 || !near {
        return Err(format!("{length} elements are not counted as they are"));
    }
    for (&steps, &code) in steps.iter().zip(&codes) {
        if steps == 0.0 && code != 0 {
            return Err(format!("a zero became {code}"));
        }
    }
    if search.limit < f32::INFINITY {
        if farthest > search.limit * 1.0001 {
            return Err(format!("a weight changed by {farthest} steps"));
        }
    } else {
        let best: f64 = (0..MACHINES)
            .map(|machine| {
                let own: Vec<(f32, u8)> = (machine..length)
                    .step_by(MACHINES)
                    .map(|place| (steps[place], contexts[place]))
                    .collect();
                least(&search, &own)
            })
            .sum();
        // A path that is decided window by window may be a little dearer.
        let allowed = if length > MACHINES * (WINDOW + AHEAD) {
            1.001
        } else {
            1.0002
        };
        if paid > best * allowed + 1e-3 {
            return Err(format!("{length} elements cost {paid}, which need only {best}"));
        }
    }
    Ok(())
}

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let length = random.below(40 * MACHINES as u64) as usize;
    check_length(random, length)
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn paths_are_the_cheapest() {
        let mut random = Random::new(5);
        for _ in 0..150 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    fn windows_join() {
        let mut random = Random::new(6);
        for windows in [1, 2, 3] {
            for more in [0, 1, AHEAD * MACHINES, AHEAD * MACHINES + 1] {
                check_length(&mut random, windows * WINDOW * MACHINES + more).unwrap();
            }
        }
    }
}
