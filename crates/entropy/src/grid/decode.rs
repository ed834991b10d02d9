//! Reading a grid.

use super::cluster::fill;
use super::frequencies::Levels;
use super::header::{Coding, Grid, MAX_CONTEXTS};
use super::tokens::{MAX_INDICES, Tokens, symbol};
use super::values::value;
use crate::CodingError;
use crate::bit_io::BitReader;
use crate::error::corrupt;
use crate::reader::Reader;
use alloc::vec::Vec;
use tensorpress_kernels::lanes::{self, DecodeTables, MAX_LANES, Tables, Trellis};
use tensorpress_kernels::per_thread;

/// Buffers that calls on a thread share.
struct Scratch {
    tables: DecodeTables,
    names: Vec<u8>,
    symbols: Vec<u8>,
}

per_thread! {
    static SCRATCH: Scratch = Scratch { tables: DecodeTables::new(), names: Vec::new(), symbols: Vec::new() };
}

/// The weights of a grid block's payload, into the whole of `out`.
pub fn decode_values(payload: &[u8], out: &mut [f32]) -> Result<Grid, CodingError> {
    decode(payload, out, value)
}

/// The codes of a grid block's payload, into the whole of `out`.
pub fn decode_codes(payload: &[u8], out: &mut [i16]) -> Result<Grid, CodingError> {
    decode(payload, out, |_, _, code| code)
}

/// Decodes `payload`; `convert` makes an element from its quantizer and code.
fn decode<T: Copy + Default>(
    payload: &[u8],
    out: &mut [T],
    convert: impl Fn(&Grid, u8, i16) -> T,
) -> Result<Grid, CodingError> {
    let mut reader = Reader::new(payload);
    let (grid, coding) = Grid::read(&mut reader, out.len())?;
    match coding {
        Coding::Packed => decode_packed(&mut reader, &grid, out, convert)?,
        Coding::Tokens => {
            SCRATCH.with_borrow_mut(|scratch| decode_tokens(&mut reader, &grid, scratch, out, convert))?
        }
    }
    if !reader.rest().is_empty() {
        return Err(corrupt("bytes follow a grid's codes"));
    }
    Ok(grid)
}

fn decode_packed<T>(
    reader: &mut Reader,
    grid: &Grid,
    out: &mut [T],
    convert: impl Fn(&Grid, u8, i16) -> T,
) -> Result<(), CodingError> {
    let width = u32::from(reader.byte()?);
    if width > 16 {
        return Err(corrupt("a grid's codes have more than 16 bits"));
    }
    let mut machines = [0u8; Trellis::MACHINES];
    let mut bits = BitReader::new(reader.rest());
    for (place, slot) in out.iter_mut().enumerate() {
        let code = match width {
            0 => 0,
            _ => bits.get(width)? as i32 - (1 << (width - 1)),
        };
        if code == i32::from(i16::MIN) {
            return Err(corrupt("a grid's code is below -32767"));
        }
        let machine = &mut machines[place % Trellis::MACHINES];
        *slot = convert(grid, *machine & 1, code as i16);
        if let Some(trellis) = grid.trellis {
            *machine = trellis.next(*machine, code as u8);
        }
    }
    let used = bits.finish()?;
    reader.take(used)?;
    Ok(())
}

fn decode_tokens<T: Copy + Default>(
    reader: &mut Reader,
    grid: &Grid,
    scratch: &mut Scratch,
    out: &mut [T],
    convert: impl Fn(&Grid, u8, i16) -> T,
) -> Result<(), CodingError> {
    let elements = out.len();
    let tokens = Tokens::from_byte(reader.byte()?).ok_or_else(|| corrupt("a grid's tokens are not specified"))?;
    let contexts = usize::from(reader.byte()?);
    if contexts == 0 || contexts > MAX_CONTEXTS {
        return Err(corrupt("a grid has no context or more than 16"));
    }
    let ways = if grid.trellis.is_some() { 2 } else { 1 };
    let names = at_least(&mut scratch.names, if contexts * ways > 1 { elements } else { 0 });
    if contexts > 1 {
        read_contexts(reader, contexts, grid.columns as usize, elements, names)?;
    } else {
        names.fill(0);
    }

    let mut bits = BitReader::new(reader.rest());
    let mut levels: Vec<Levels> = Vec::with_capacity(contexts * ways);
    let mut limit = 0;
    scratch.tables.clear();
    for at in 0..contexts * ways {
        let first = Levels::default();
        let table = Levels::read(at.checked_sub(ways).map_or(&first, |before| &levels[before]), &mut bits)?;
        let frequencies = table
            .frequencies()
            .ok_or_else(|| corrupt("a grid's table has too many levels"))?;
        if !scratch.tables.push(&frequencies) {
            return Err(corrupt("a grid's frequencies do not add up to 4096"));
        }
        limit = limit.max(frequencies.iter().rposition(|&frequency| frequency != 0).unwrap_or(0));
        levels.push(table);
    }
    let used = bits.finish()?;
    reader.take(used)?;

    let length = reader.varint()? as usize;
    let beside = reader.take(length)?;
    let mut states = [0; MAX_LANES];
    let coded = crate::lanes::read(reader, &mut states)?;
    let choice = match grid.trellis {
        Some(trellis) => Tables::Trellis(trellis, names),
        None if contexts > 1 => Tables::Chosen(names),
        None => Tables::First,
    };
    let symbols = at_least(&mut scratch.symbols, elements);
    if !lanes::decode(&scratch.tables, coded, choice, symbols) {
        return Err(corrupt("a grid's rANS lanes do not end where they should"));
    }
    let names = &scratch.names[..if ways > 1 { elements } else { 0 }];
    Meaning::of(tokens, limit, grid, &convert)?.apply(symbols, names, beside, out)
}

/// The first `len` bytes of a buffer that grows when it must.
fn at_least(buffer: &mut Vec<u8>, len: usize) -> &mut [u8] {
    if buffer.len() < len {
        buffer.resize(len, 0);
    }
    &mut buffer[..len]
}

/// Thresholds and scales; the context of each element into `names`.
fn read_contexts(
    reader: &mut Reader,
    contexts: usize,
    columns: usize,
    elements: usize,
    names: &mut [u8],
) -> Result<(), CodingError> {
    let thresholds = reader.take(contexts - 1)?;
    if !thresholds.is_sorted_by(|a, b| a < b) {
        return Err(corrupt("the thresholds of a grid's contexts do not ascend"));
    }
    let mut rows = vec![0; elements / columns];
    reader.plane(&mut rows)?;
    let mut widths = vec![0; columns];
    reader.plane(&mut widths)?;
    if rows.iter().chain(&widths).any(|&scale| scale > 127) {
        return Err(corrupt("a scale of a grid's row or column exceeds 127"));
    }
    let map = core::array::from_fn(|sum| thresholds.iter().filter(|&&from| usize::from(from) <= sum).count() as u8);
    fill(&map, &rows, &widths, names);
    Ok(())
}

/// What tokens stand for.
struct Meaning<'a, T, F> {
    /// By quantizer and token.
    elements: [[T; 256]; 2],
    /// By token: the code without what is beside and the number of bits there, where there are some.
    codes: [(i16, u32); 256],
    any_beside: bool,
    grid: &'a Grid,
    convert: &'a F,
}

impl<'a, T: Copy + Default, F: Fn(&Grid, u8, i16) -> T> Meaning<'a, T, F> {
    /// Of the tokens up to `limit`.
    fn of(tokens: Tokens, limit: usize, grid: &'a Grid, convert: &'a F) -> Result<Self, CodingError> {
        let mut meaning = Self {
            elements: [[T::default(); 256]; 2],
            codes: [(0, 0); 256],
            any_beside: false,
            grid,
            convert,
        };
        for index in 0..MAX_INDICES {
            if usize::from(symbol(index, false)) > limit {
                break;
            }
            let (base, bits) = tokens
                .base(index)
                .ok_or_else(|| corrupt("a grid's token exceeds 32767"))?;
            for negative in [false, true] {
                let token = usize::from(symbol(index, negative));
                let code = if negative { -(base as i16) } else { base as i16 };
                meaning.codes[token] = (code, bits);
                for quantizer in 0..2 {
                    meaning.elements[quantizer][token] = convert(grid, quantizer as u8, code);
                }
            }
            meaning.any_beside |= bits > 0;
        }
        Ok(meaning)
    }

    /// Converts `symbols`; `names` has their quantizers in the lowest bits, or nothing.
    fn apply(&self, symbols: &[u8], names: &[u8], beside: &[u8], out: &mut [T]) -> Result<(), CodingError> {
        let mut bits = BitReader::new(beside);
        if self.any_beside {
            for (place, (&symbol, slot)) in symbols.iter().zip(&mut *out).enumerate() {
                let quantizer = names.get(place).map_or(0, |name| name & 1);
                let (code, count) = self.codes[usize::from(symbol)];
                *slot = if count == 0 {
                    self.elements[usize::from(quantizer)][usize::from(symbol)]
                } else {
                    let more = (bits.get(count)? << 1) as i16;
                    let code = if code < 0 { code - more } else { code + more };
                    (self.convert)(self.grid, quantizer, code)
                };
            }
        } else if names.is_empty() {
            for (&symbol, slot) in symbols.iter().zip(out) {
                *slot = self.elements[0][usize::from(symbol)];
            }
        } else {
            for ((&symbol, &name), slot) in symbols.iter().zip(names).zip(out) {
                *slot = self.elements[usize::from(name & 1)][usize::from(symbol)];
            }
        }
        if bits.finish()? != beside.len() {
            return Err(corrupt("bits beside a grid's tokens are left"));
        }
        Ok(())
    }
}
