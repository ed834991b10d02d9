//! Text into a tree. What is refused, and in what words, is what serde_json refuses; that one would bring along a table of
//! the powers of ten and the descriptions of errors of files.

use crate::{Json, Problem};
use std::borrow::Cow;

/// How deep arrays and objects may lie in each other: calls that the stack holds.
const MAX_DEPTH: usize = 127;
/// The largest power of ten that is a number.
const MAX_POWER: usize = 308;

/// The size of the least whole number.
const I64_LEAST: u64 = 1 << 63;

const EOF_IN_VALUE: &str = "EOF while parsing a value";
const EOF_IN_STRING: &str = "EOF while parsing a string";
const EOF_IN_OBJECT: &str = "EOF while parsing an object";
const NOT_UTF8: &str = "invalid unicode code point";
const INVALID_NUMBER: &str = "invalid number";
const LONE_SURROGATE: &str = "lone leading surrogate in hex escape";

/// What is wrong with the text.
type Result<T> = std::result::Result<T, &'static str>;

/// Reads a tree from text that holds it and nothing else. What is wrong with the text is said without the place: the caller
/// may never have seen the text.
pub(crate) fn parse(text: &[u8]) -> std::result::Result<Json<'_>, Problem> {
    let mut parser = Parser {
        text,
        at: 0,
        powers: Vec::new(),
    };
    parser.whole().map_err(|wrong| Problem::new(wrong.to_owned()))
}

/// What ends a list or an object, and what is said where it is missing.
struct Items {
    end: u8,
    unended: &'static str,
    unseparated: &'static str,
}

const LIST: Items = Items {
    end: b']',
    unended: "EOF while parsing a list",
    unseparated: "expected `,` or `]`",
};
const OBJECT: Items = Items {
    end: b'}',
    unended: EOF_IN_OBJECT,
    unseparated: "expected `,` or `}`",
};

/// A place in the text.
struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// The powers of ten, once one is needed.
    powers: Vec<f64>,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Result<Json<'a>> {
        let value = self.value(0)?;
        match self.token() {
            None => Ok(value),
            Some(_) => Err("trailing characters"),
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is no blank, which it does not pass.
    fn token(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    /// Passes over the next byte if it is this one.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>> {
        match self.token().ok_or(EOF_IN_VALUE)? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            b'[' | b'{' if depth == MAX_DEPTH => Err("recursion limit exceeded"),
            b'[' => self.list(depth + 1),
            b'{' => self.object(depth + 1),
            _ => Err("expected value"),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>> {
        for byte in word.bytes() {
            if !self.take(byte) {
                return Err(self.peek().map_or(EOF_IN_VALUE, |_| "expected ident"));
            }
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>> {
        self.at += 1;
        let mut list = Vec::new();
        while self.has_another(list.is_empty(), &LIST)? {
            list.push(self.value(depth)?);
        }
        Ok(Json::Array(list))
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>> {
        self.at += 1;
        let mut members = Vec::new();
        while self.has_another(members.is_empty(), &OBJECT)? {
            match self.token() {
                Some(b'"') => {}
                Some(_) => return Err("key must be a string"),
                None => return Err(EOF_IN_VALUE),
            }
            let name = Json::Text(self.string()?);
            if self.token() != Some(b':') {
                return Err(self.peek().map_or(EOF_IN_OBJECT, |_| "expected `:`"));
            }
            self.at += 1;
            members.push((name, self.value(depth)?));
        }
        Ok(Json::Object(members))
    }

    /// Whether another item follows; passes over what separates it from those before, or over the end.
    fn has_another(&mut self, is_first: bool, items: &Items) -> Result<bool> {
        let next = self.token().ok_or(items.unended)?;
        if next == items.end {
            self.at += 1;
            return Ok(false);
        }
        if is_first {
            return Ok(true);
        }
        if !self.take(b',') {
            return Err(items.unseparated);
        }
        match self.token() {
            Some(next) if next == items.end => Err("trailing comma"),
            _ => Ok(true),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>> {
        self.at += 1;
        let mut before = Vec::new();
        loop {
            let text = self.text;
            let rest = &text[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '));
            let plain = plain.ok_or(EOF_IN_STRING)?;
            self.at += plain + 1;
            let end = rest[plain];
            let plain = &rest[..plain];
            match end {
                b'"' if before.is_empty() => return str::from_utf8(plain).map(Cow::Borrowed).map_err(|_| NOT_UTF8),
                b'"' => {
                    before.extend_from_slice(plain);
                    return String::from_utf8(before).map(Cow::Owned).map_err(|_| NOT_UTF8);
                }
                b'\\' => {
                    before.extend_from_slice(plain);
                    before.extend_from_slice(self.escape()?.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return Err("control character (\\u0000-\\u001F) found while parsing a string"),
            }
        }
    }

    /// The character that stands behind a backslash.
    fn escape(&mut self) -> Result<char> {
        let escape = self.peek().ok_or(EOF_IN_STRING)?;
        self.at += 1;
        Ok(match escape {
            b'"' | b'\\' | b'/' => escape.into(),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return Err("invalid escape"),
        })
    }

    /// A character in hexadecimal digits, or in two times as many: a pair of surrogates.
    fn code_point(&mut self) -> Result<char> {
        let high = self.code_unit()?;
        if !matches!(high, 0xd800..0xdc00) {
            return char::from_u32(high).ok_or(LONE_SURROGATE);
        }
        for byte in [b'\\', b'u'] {
            if !self.take(byte) {
                return Err(self.peek().map_or(EOF_IN_STRING, |_| "unexpected end of hex escape"));
            }
        }
        let low = self.code_unit()?;
        if !matches!(low, 0xdc00..0xe000) {
            return Err(LONE_SURROGATE);
        }
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)).ok_or(LONE_SURROGATE)
    }

    fn code_unit(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(EOF_IN_STRING)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or("invalid escape")?;
            Ok(unit << 4 | digit)
        })
    }

    fn number(&mut self) -> Result<Json<'a>> {
        let is_negative = self.take(b'-');
        let has_zero = self.peek() == Some(b'0');
        let mut significand = 0;
        let (used, mut exponent) = self.digits(&mut significand)?;
        if has_zero && used > 1 {
            return Err(INVALID_NUMBER);
        }
        let mut is_whole = exponent == 0;
        if self.take(b'.') {
            is_whole = false;
            exponent -= self.digits(&mut significand)?.0;
        }
        if self.take(b'e') || self.take(b'E') {
            is_whole = false;
            exponent = exponent.saturating_add(self.exponent()?);
        }
        match (is_whole, is_negative) {
            (true, false) => return Ok(Json::Unsigned(significand)),
            // There is no whole number that is a negative zero.
            (true, true) if matches!(significand, 1..=I64_LEAST) => {
                return Ok(Json::Signed(significand.wrapping_neg() as i64));
            }
            _ => {}
        }
        let size = self.scaled(significand as f64, exponent)?;
        Ok(Json::Float(if is_negative { -size } else { size }))
    }

    /// Appends digits to a number, of which there must be one. How many it took, and how many follow that it is too large
    /// to take.
    fn digits(&mut self, number: &mut u64) -> Result<(i32, i32)> {
        let (mut used, mut left) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            let longer = number
                .checked_mul(10)
                .and_then(|tens| tens.checked_add((digit - b'0').into()));
            match longer {
                Some(longer) if left == 0 => (*number, used) = (longer, used + 1),
                _ => left += 1,
            }
        }
        match used + left {
            0 => Err(self.peek().map_or(EOF_IN_VALUE, |_| INVALID_NUMBER)),
            _ => Ok((used, left)),
        }
    }

    /// What follows an `e`. Where it is too large, any as large does.
    fn exponent(&mut self) -> Result<i32> {
        let is_negative = self.take(b'-');
        if !is_negative {
            self.take(b'+');
        }
        let mut exponent = 0;
        let (_, left) = self.digits(&mut exponent)?;
        let exponent = if left > 0 {
            i32::MAX
        } else {
            i32::try_from(exponent).unwrap_or(i32::MAX)
        };
        Ok(if is_negative { -exponent } else { exponent })
    }

    /// A number times a power of ten: rounded twice where it has many digits or the power is large.
    fn scaled(&mut self, mut number: f64, mut exponent: i32) -> Result<f64> {
        if self.powers.is_empty() {
            self.powers = powers();
        }
        loop {
            match self.powers.get(exponent.unsigned_abs() as usize) {
                Some(power) if exponent < 0 => return Ok(number / power),
                Some(power) => {
                    let product = number * power;
                    return if product.is_infinite() {
                        Err("number out of range")
                    } else {
                        Ok(product)
                    };
                }
                None if number == 0.0 => return Ok(number),
                None if exponent > 0 => return Err("number out of range"),
                None => {
                    number /= self.powers[MAX_POWER];
                    exponent += MAX_POWER as i32;
                }
            }
        }
    }
}

/// The powers of ten, each as near as a number comes. A table of them would be two kilobytes that cannot be compressed.
fn powers() -> Vec<f64> {
    // A power is `mantissa` times a power of two, and ten times it is five eighths of that times another.
    let (mut mantissa, mut exponent) = (1u128 << 127, -127);
    let mut powers = Vec::with_capacity(MAX_POWER + 1);
    for _ in 0..=MAX_POWER {
        // What is cut off counts as one bit, which decides where the rest is half a unit.
        let top = (mantissa >> 64) as u64 | u64::from(mantissa as u64 != 0);
        let unit = f64::from_bits(((exponent + 64 + 1023) as u64) << 52);
        powers.push(top as f64 * unit);
        mantissa = (mantissa >> 1) + (mantissa >> 3);
        exponent += 4;
        if mantissa >> 127 == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
    }
    powers
}

#[cfg(test)]
mod tests;
