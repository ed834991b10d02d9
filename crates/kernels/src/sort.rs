//! Sorting by integer keys, the same code for all who sort: a generic sort is compiled anew for each type and order.

use alloc::vec::Vec;

/// Up to so many, insertion is quicker than counting.
const FEW: usize = 48;

/// Sorts by radix, stably: by counting the bytes of the keys from the lowest on. Bytes that all keys share cost one pass
/// over the counts.
fn radix<T: Copy + Default, const BYTES: usize>(items: &mut [T], key: impl Fn(T) -> u64) {
    if items.len() <= FEW {
        for end in 1..items.len() {
            let item = items[end];
            let mut at = end;
            while at > 0 && key(items[at - 1]) > key(item) {
                items[at] = items[at - 1];
                at -= 1;
            }
            items[at] = item;
        }
        return;
    }
    let mut counts = [[0u32; 256]; BYTES];
    for &item in items.iter() {
        let bytes = key(item).to_le_bytes();
        for (counts, byte) in counts.iter_mut().zip(bytes) {
            counts[usize::from(byte)] += 1;
        }
    }
    let mut other = vec![T::default(); items.len()];
    let (mut from, mut to) = (&mut *items, &mut other[..]);
    let mut swapped = false;
    for (byte, counts) in counts.iter().enumerate() {
        if counts.iter().any(|&count| count as usize == from.len()) {
            continue;
        }
        let mut next = [0u32; 256];
        let mut sum = 0;
        for (next, &count) in next.iter_mut().zip(counts) {
            *next = sum;
            sum += count;
        }
        for &item in from.iter() {
            let next = &mut next[(key(item) >> (8 * byte)) as usize & 255];
            to[*next as usize] = item;
            *next += 1;
        }
        (from, to) = (to, from);
        swapped = !swapped;
    }
    if swapped {
        to.copy_from_slice(from);
    }
}

/// Sorts numbers, the least first. At most 2^32 − 1 of them, like everything here.
#[inline(never)]
pub fn sort_u32(numbers: &mut [u32]) {
    radix::<u32, 4>(numbers, u64::from);
}

/// Sorts numbers, the least first.
#[inline(never)]
pub fn sort_u64(numbers: &mut [u64]) {
    radix::<u64, 8>(numbers, |number| number);
}

/// The indices of keys in the order of the keys, the first ones among equals first.
#[inline(never)]
pub fn order(keys: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut numbered: Vec<(u64, u32)> = keys.zip(0..).collect();
    arrange(&mut numbered);
    numbered.into_iter().map(|(_, index)| index).collect()
}

#[inline(never)]
fn arrange(numbered: &mut [(u64, u32)]) {
    radix::<(u64, u32), 8>(numbered, |(key, _)| key);
}

/// The indices, ascending, of the `count` least keys, the first ones among equals.
#[inline(never)]
pub fn least(keys: &[u64], count: usize) -> Vec<u32> {
    /// The keys are told apart by as many of their highest bits first.
    const BITS: u32 = 16;
    let high = |key: u64| (key >> (64 - BITS)) as usize;
    let mut counts = vec![0u32; 1 << BITS];
    keys.iter().for_each(|&key| counts[high(key)] += 1);
    let mut sure = 0;
    let border = counts.iter().position(|&here| {
        let reached = sure + here as usize >= count;
        sure += if reached { 0 } else { here as usize };
        reached
    });
    let border = border.unwrap_or(1 << BITS);
    let mut chosen = Vec::with_capacity(count);
    let mut doubtful = Vec::new();
    for (&key, index) in keys.iter().zip(0..) {
        if high(key) < border {
            chosen.push(index);
        } else if high(key) == border {
            doubtful.push((key, index));
        }
    }
    arrange(&mut doubtful);
    chosen.extend(
        doubtful
            .iter()
            .take(count.saturating_sub(sure))
            .map(|&(_, index)| index),
    );
    sort_u32(&mut chosen);
    chosen
}

/// A key in the order of `f64::total_cmp`.
pub fn key_of(number: f64) -> u64 {
    let bits = number.to_bits();
    bits ^ (((bits as i64) >> 63) as u64 | 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_are_sorted(mut numbers: Vec<u32>, shift in 0u32..32) {
            numbers.iter_mut().for_each(|number| *number >>= shift);
            numbers.extend_from_within(..);
            let mut expected = numbers.clone();
            expected.sort();
            sort_u32(&mut numbers);
            prop_assert_eq!(numbers, expected);
        }

        #[test]
        fn long_numbers_are_sorted(mut numbers: Vec<u64>, shift in 0u32..64) {
            numbers.iter_mut().for_each(|number| *number = *number >> shift << (shift / 2));
            numbers.extend_from_within(..);
            let mut expected = numbers.clone();
            expected.sort();
            sort_u64(&mut numbers);
            prop_assert_eq!(numbers, expected);
        }

        #[test]
        fn order_is_stable_and_least_its_beginning(
            mut keys: Vec<u64>,
            shift in 0u32..64,
            count in 0usize..300,
        ) {
            keys.iter_mut().for_each(|key| *key = *key >> shift << (shift / 2));
            keys.extend_from_within(..);
            let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
            expected.sort_by_key(|&index| keys[index as usize]);
            prop_assert_eq!(&order(keys.iter().copied()), &expected);
            let count = count.min(keys.len());
            expected.truncate(count);
            expected.sort();
            prop_assert_eq!(least(&keys, count), expected);
        }

        #[test]
        fn keys_are_in_the_order_of_floats(a: f64, b: f64) {
            prop_assert_eq!(key_of(a).cmp(&key_of(b)), a.total_cmp(&b));
        }
    }
}
