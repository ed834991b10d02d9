//! What the build decodes, against what was encoded: the encoder has no vector form. Natively and in WebAssembly.

use super::*;
use crate::self_test::Random;

/// Random frequencies of some symbols.
fn frequencies(random: &mut Random) -> [u16; 256] {
    let mut table = [0u16; 256];
    let used = 2 + random.below(40) as usize;
    let first = random.below(256) as usize;
    let mut left = TOTAL - used as u32;
    for index in 0..used {
        let share = if index + 1 == used {
            left
        } else {
            random.below(u64::from(left) + 1) as u32
        };
        left -= share;
        table[(first + index) % 256] = share as u16 + 1;
    }
    table
}

/// Symbols of random tables, alone, chosen by name and by a trellis.
pub(crate) fn check(random: &mut Random) -> Result<(), String> {
    let contexts = 1 + random.below(16) as usize;
    let (mut decoder, mut encoder, mut drawn) = (DecodeTables::new(), EncodeTables::new(), Vec::new());
    for _ in 0..2 * contexts {
        let table = frequencies(random);
        if !decoder.push(&table) || !encoder.push(&table) {
            return Err("lanes: a table is refused".to_owned());
        }
        let slots = table
            .iter()
            .enumerate()
            .flat_map(|(symbol, &f)| std::iter::repeat_n(symbol as u8, usize::from(f)));
        drawn.push(slots.collect::<Vec<u8>>());
    }
    let count = random.below(3000) as usize;
    let names: Vec<u8> = (0..count).map(|_| random.below(contexts as u64) as u8).collect();
    let trellis = Trellis::new(2 + random.below(4) as u8);
    for (what, trellis) in [("one table", None), ("names", None), ("trellis", trellis)] {
        let (mut machines, mut src, mut choice) = ([0u8; Trellis::MACHINES], Vec::new(), Vec::new());
        for (place, &name) in names.iter().enumerate() {
            let machine = &mut machines[place % Trellis::MACHINES];
            let table = match (what, trellis) {
                ("one table", _) => 0,
                (_, None) => name,
                _ => 2 * name + (*machine & 1),
            };
            let slots = &drawn[usize::from(table)];
            let symbol = slots[random.below(slots.len() as u64) as usize];
            *machine = trellis.map_or(0, |trellis| trellis.next(*machine, symbol.div_ceil(2)));
            choice.push(table);
            src.push(symbol);
        }
        for lanes in Lanes::ALL {
            let told = || format!("lanes: {count} symbols, {what}, {trellis:?}, {lanes:?}");
            let encoded = encode(&encoder, Some(&choice), lanes, &src).ok_or_else(told)?;
            let coded = Coded {
                lanes,
                states: &encoded.states,
                tail: encoded.tail,
                words: &encoded.words,
            };
            let mut found = names.clone();
            let tables = match (what, trellis) {
                ("one table", _) => Tables::First,
                (_, None) => Tables::Chosen(&names),
                (_, Some(trellis)) => Tables::Trellis(trellis, &mut found),
            };
            let mut dst = vec![0xA5; count];
            if !decode(&decoder, coded, tables, &mut dst) || dst != src {
                return Err(told());
            }
            if trellis.is_some() && found != choice {
                return Err(format!("{}: tables", told()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn passes() {
        let mut random = crate::self_test::Random::new(1);
        for _ in 0..100 {
            super::check(&mut random).unwrap();
        }
    }
}
