//! The same suite natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let (rows, columns) = (random.below(70) as usize, 1 + random.below(70) as usize);
    let bits: Vec<u32> = (0..rows * columns).map(|_| random.next() as u32).collect();
    let codes: Vec<u16> = bits.iter().map(|&bits| bits as u16).collect();
    let values: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
    let (mut turned_codes, mut turned_values) = (vec![0; codes.len()], vec![0.0; values.len()]);
    transpose(&codes, columns, &mut turned_codes);
    transpose(&values, columns, &mut turned_values);
    for (index, bits) in bits.into_iter().enumerate() {
        let to = index % columns * rows + index / columns;
        if (turned_codes[to], turned_values[to].to_bits()) != (bits as u16, bits) {
            return Err(format!("transpose: element {index} of {rows} rows, {columns} columns"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod native {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let mut random = Random::new(8);
        for _ in 0..300 {
            check(&mut random).unwrap();
        }
    }

    #[test]
    #[should_panic(expected = "whole rows")]
    fn parts_of_rows_are_refused() {
        transpose(&[1.0, 2.0, 3.0], 2, &mut [0.0; 3]);
    }
}
