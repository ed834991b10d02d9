//! The `.npy` header: magic, version, length, and a Python dict literal of three known keys.

use super::descr::{Element, element_of, unquoted};
use crate::error::FormatError;
use crate::input::Input;
use crate::limits::{MAX_RANK, MAX_STRING};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Bytes before the dict in versions 2 and 3; version 1 has two fewer.
pub const PREFIX_MAX: u64 = 12;

/// The three facts of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Element type and byte order.
    pub element: Element,
    /// Whether the first dimension is the innermost.
    pub fortran_order: bool,
    /// Shape as NumPy shows it.
    pub shape: Vec<u64>,
}

/// Where the dict starts and where the data starts, from the file's first bytes.
fn bounds(input: &Input, prefix: &[u8]) -> Result<(usize, u64), FormatError> {
    if prefix.len() < 10 || &prefix[..6] != MAGIC {
        return Err(input.corrupt(0, "no NUMPY magic"));
    }
    match (prefix[6], prefix.get(8..12)) {
        (1, _) => Ok((10, 10 + u64::from(u16::from_le_bytes([prefix[8], prefix[9]])))),
        (2 | 3, Some(len)) => {
            let len = u32::from_le_bytes(len.try_into().expect("four bytes"));
            Ok((12, 12 + u64::from(len)))
        }
        (2 | 3, None) => Err(input.corrupt(8, "the header's length is cut off")),
        (version, _) => Err(input.unsupported(format!("npy version {version}, versions 1 to 3 are known"))),
    }
}

/// Bytes before the array's data, from the file's first [`PREFIX_MAX`] bytes.
pub fn data_offset(input: &Input, prefix: &[u8]) -> Result<u64, FormatError> {
    Ok(bounds(input, prefix)?.1)
}

/// Parses a whole header: `bytes` start at the magic and end where the data starts.
pub fn parse(input: &Input, bytes: &[u8]) -> Result<Header, FormatError> {
    let (start, end) = bounds(input, bytes)?;
    if bytes.len() as u64 != end {
        let detail = format!("a header of {end} bytes, {} are there", bytes.len());
        return Err(input.corrupt(8, detail));
    }
    let text = Literal {
        input,
        bytes,
        at: start,
    };
    text.dict()
}

/// A strict reader of the one shape of Python literal that NumPy writes.
struct Literal<'a> {
    input: &'a Input,
    bytes: &'a [u8],
    at: usize,
}

impl Literal<'_> {
    fn fail<T>(&self, wanted: &str) -> Result<T, FormatError> {
        let found = self
            .bytes
            .get(self.at)
            .map_or("the end".to_owned(), |b| format!("character {}", *b));
        Err(self
            .input
            .corrupt(self.at as u64, format!("header: {found} where {wanted} is due")))
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Takes `token` if it is next.
    fn eat(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.bytes[self.at..].starts_with(token.as_bytes());
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), FormatError> {
        if self.eat(token) { Ok(()) } else { self.fail(token) }
    }

    fn dict(mut self) -> Result<Header, FormatError> {
        let (mut descr, mut order, mut shape) = (None, None, None);
        self.expect("{")?;
        while !self.eat("}") {
            let key = self.raw_value()?;
            self.expect(":")?;
            match unquoted(&key).unwrap_or_default() {
                "descr" if descr.is_none() => descr = Some(self.raw_value()?),
                "fortran_order" if order.is_none() => order = Some(self.boolean()?),
                "shape" if shape.is_none() => shape = Some(self.shape()?),
                _ => return self.fail("descr, fortran_order or shape, each once,"),
            }
            if !self.eat(",") {
                self.expect("}")?;
                break;
            }
        }
        self.skip_space();
        let (Some(descr), Some(fortran_order), Some(shape)) = (descr, order, shape) else {
            return self.fail("each of descr, fortran_order and shape");
        };
        if self.at != self.bytes.len() {
            return self.fail("padding");
        }
        Ok(Header {
            element: element_of(&descr),
            fortran_order,
            shape,
        })
    }

    fn boolean(&mut self) -> Result<bool, FormatError> {
        if self.eat("True") {
            Ok(true)
        } else if self.eat("False") {
            Ok(false)
        } else {
            self.fail("True or False")
        }
    }

    fn shape(&mut self) -> Result<Vec<u64>, FormatError> {
        let mut shape = Vec::new();
        self.expect("(")?;
        while !self.eat(")") {
            self.input
                .check_limit("MAX_RANK", MAX_RANK as u64, shape.len() as u64 + 1)?;
            shape.push(self.number()?);
            if !self.eat(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(shape)
    }

    /// Decimal digits; Python 2 wrote long integers with an `L` behind.
    fn number(&mut self) -> Result<u64, FormatError> {
        self.skip_space();
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.bytes[start..self.at]).expect("digits are ASCII");
        let Ok(number) = digits.parse() else {
            return self.fail("a dimension below 2^64");
        };
        self.eat("L");
        Ok(number)
    }

    /// The text of a string, or of a list or tuple up to its closing bracket. Structured types
    /// nest, but only the brackets' balance matters, so that a counter replaces recursion.
    fn raw_value(&mut self) -> Result<String, FormatError> {
        self.skip_space();
        let start = self.at;
        let mut depth = 0u32;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                return self.fail("the end of a value");
            };
            match byte {
                b'[' | b'(' => depth += 1,
                b']' | b')' if depth > 0 => depth -= 1,
                b'\'' | b'"' => self.quoted(byte)?,
                _ if depth == 0 => return self.fail("a string, a list or a tuple"),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        let raw = &self.bytes[start..self.at];
        if raw.len() as u64 > MAX_STRING {
            return self.fail("a value of at most MAX_STRING bytes");
        }
        Ok(String::from_utf8_lossy(raw).into_owned())
    }

    /// Steps from an opening quote to its closing quote.
    fn quoted(&mut self, quote: u8) -> Result<(), FormatError> {
        loop {
            self.at += 1;
            match self.bytes.get(self.at) {
                None => return self.fail("a closing quote"),
                Some(b'\\') => self.at += 1,
                Some(&byte) if byte == quote => return Ok(()),
                Some(_) => {}
            }
        }
    }
}
