//! Order by numbers, the same code for all types.

use tensorpress_kernels::sort::order;

/// Sorts by a number, the least first; equal ones stay as they are.
pub fn sort_by_number<T>(items: &mut [T], number: impl Fn(&T) -> u64) {
    let mut places = places(items.iter().map(number).collect());
    for at in 0..items.len() {
        // Each exchange brings one item to its place.
        while places[at] != at {
            let place = places[at];
            items.swap(at, place);
            places.swap(at, place);
        }
    }
}

/// The place of each number among all in their order.
#[inline(never)]
fn places(numbers: Vec<u64>) -> Vec<usize> {
    let order = order(numbers.into_iter());
    let mut places = vec![0; order.len()];
    for (place, index) in order.into_iter().enumerate() {
        places[index as usize] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_stable(numbers in prop::collection::vec(0u64..9, 0..40)) {
            let mut items: Vec<(u64, usize)> = numbers.into_iter().zip(0..).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            sort_by_number(&mut items, |item| item.0);
            prop_assert_eq!(items, expected);
        }
    }
}
