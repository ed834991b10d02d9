//! What a grid says of itself before its codes.

use crate::CodingError;
use crate::error::corrupt;
use crate::reader::{Reader, write_varint};
use alloc::vec::Vec;
use tensorpress_kernels::lanes::Trellis;

/// Largest magnitude of a code.
pub const MAX_CODE: i16 = i16::MAX;
/// The most contexts; a trellis has two tables in each.
pub const MAX_CONTEXTS: usize = 16;

/// How codes become weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Elements of a row, at least 1.
    pub columns: u32,
    /// Distance between two points of the grid: positive, and so small that no point is infinite.
    pub step: f32,
    /// What is added to the magnitudes 1, 2 and all above, in units of 1/256 of the step.
    pub offsets: [i8; 3],
    /// With a trellis, codes name every second point of the grid, of one of two sets in turn.
    pub trellis: Option<Trellis>,
}

impl Grid {
    /// Whether every code has a finite value.
    pub fn is_valid(&self) -> bool {
        self.columns > 0 && self.step > 0.0 && (self.step * 131_072.0).is_finite()
    }

    pub(super) fn write(&self, coding: Coding, out: &mut Vec<u8>) {
        write_varint(self.columns, out);
        out.extend(self.step.to_le_bytes());
        out.push(self.trellis.map_or(0, |trellis| trellis.log_states()) | (coding as u8) << 4);
        out.extend(self.offsets.map(|offset| offset as u8));
    }

    pub(super) fn read(reader: &mut Reader, elements: usize) -> Result<(Self, Coding), CodingError> {
        let columns = reader.varint()?;
        let bytes = reader.take(8)?;
        let trellis = match bytes[4] & 15 {
            0 => None,
            log_states => {
                Some(Trellis::new(log_states).ok_or_else(|| corrupt("a grid's trellis has none of 4 to 32 states"))?)
            }
        };
        let coding = match bytes[4] >> 4 {
            0 => Coding::Packed,
            1 => Coding::Tokens,
            _ => return Err(corrupt("a grid's codes are neither packed nor tokens")),
        };
        let grid = Self {
            columns,
            step: f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            offsets: [bytes[5], bytes[6], bytes[7]].map(|byte| byte as i8),
            trellis,
        };
        if !grid.is_valid() {
            return Err(corrupt("a grid's step or number of columns is out of range"));
        }
        if usize::try_from(columns).map_or(true, |columns| !elements.is_multiple_of(columns)) {
            return Err(corrupt("a grid's columns do not divide its elements"));
        }
        Ok((grid, coding))
    }
}

/// How codes are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// All with the same number of bits.
    Packed = 0,
    /// As entropy-coded tokens.
    Tokens = 1,
}
