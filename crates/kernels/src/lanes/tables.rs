//! Frequencies, prepared for decoding and for encoding.

use super::{PRECISION, TOTAL};
use alloc::vec::Vec;

const SLOTS: usize = TOTAL as usize;

/// Whether frequencies are each below [`TOTAL`] and add up to it.
fn valid(frequencies: &[u16; 256]) -> bool {
    let sum: u32 = frequencies.iter().map(|&frequency| u32::from(frequency)).sum();
    sum == TOTAL && frequencies.iter().all(|&frequency| u32::from(frequency) < TOTAL)
}

/// For every table and slot: the symbol in the low 8 bits, its frequency in 12, the slot's place within it in the top
/// 12.
#[derive(Default)]
pub struct DecodeTables {
    pub(super) entries: Vec<u32>,
    count: usize,
}

impl DecodeTables {
    /// No tables, without memory.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            count: 0,
        }
    }

    /// Takes all tables away and keeps their memory.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// The number of tables.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Adds a table. Gives `false`, and adds none, unless the frequencies are each below [`TOTAL`] and add up to it.
    #[must_use]
    pub fn push(&mut self, frequencies: &[u16; 256]) -> bool {
        if !valid(frequencies) {
            return false;
        }
        let start = self.count * SLOTS;
        self.count += 1;
        if self.entries.len() < start + SLOTS {
            self.entries.resize(start + SLOTS, 0);
        }
        let mut rest = &mut self.entries[start..start + SLOTS];
        for (symbol, &frequency) in frequencies.iter().enumerate() {
            let (slots, then) = rest.split_at_mut(usize::from(frequency));
            for (place, slot) in slots.iter_mut().enumerate() {
                *slot = symbol as u32 | u32::from(frequency) << 8 | (place as u32) << (8 + PRECISION);
            }
            rest = then;
        }
        true
    }
}

/// What encoding a symbol needs.
#[derive(Clone, Copy, Default)]
pub(super) struct Symbol {
    /// `2^44 / frequency`, rounded up: states stay below `frequency << 20`, so a product with it fits 64 bits and its
    /// top 20 bits are the exact quotient. 0 for a symbol that has no frequency.
    pub(super) reciprocal: u64,
    /// A state that reaches this is renormalised first.
    pub(super) bound: u64,
    pub(super) start: u32,
    /// `TOTAL - frequency`.
    pub(super) complement: u32,
}

/// Tables for encoding.
#[derive(Default)]
pub struct EncodeTables {
    pub(super) tables: Vec<[Symbol; 256]>,
}

impl EncodeTables {
    /// No tables.
    pub const fn new() -> Self {
        Self { tables: Vec::new() }
    }

    /// Adds a table. Gives `false`, and adds none, unless the frequencies are each below [`TOTAL`] and add up to it.
    #[must_use]
    pub fn push(&mut self, frequencies: &[u16; 256]) -> bool {
        if !valid(frequencies) {
            return false;
        }
        let mut symbols = [Symbol::default(); 256];
        let mut start = 0u32;
        for (symbol, &frequency) in symbols.iter_mut().zip(frequencies) {
            if frequency != 0 {
                *symbol = Symbol {
                    reciprocal: (1u64 << 44).div_ceil(u64::from(frequency)),
                    bound: u64::from(frequency) << (32 - PRECISION),
                    start,
                    complement: TOTAL - u32::from(frequency),
                };
                start += u32::from(frequency);
            }
        }
        self.tables.push(symbols);
        true
    }
}
