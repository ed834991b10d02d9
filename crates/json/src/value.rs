//! Types that are read from a tree and written as text by tables instead of code of their own.
//!
//! What serde derives is code for every member of every type. Types here say what they are made of, and one reader and
//! one writer do the rest ([`crate::fields`], [`crate::names`]).

use crate::problem::Problem;
use crate::{Json, shortest};
use std::rc::Rc;

/// What is read from a tree.
pub trait FromJson: Sized {
    /// The value that `json` holds.
    fn from_json(json: &Json) -> Result<Self, Problem>;
}

/// What is written as JSON.
pub trait ToJson {
    /// Appends the value; nothing where it is a member that is left out.
    fn write(&self, out: &mut Vec<u8>);
}

/// A member of a type, whatever it is.
pub trait Value: ToJson {
    /// Becomes what `json` holds.
    fn read(&mut self, json: &Json) -> Result<(), Problem>;
}

impl<T: FromJson + ToJson> Value for T {
    fn read(&mut self, json: &Json) -> Result<(), Problem> {
        *self = T::from_json(json)?;
        Ok(())
    }
}

/// Reads a value from text that holds it and nothing else.
pub fn from_text<T: FromJson>(text: &str) -> Result<T, Problem> {
    from_bytes(text.as_bytes())
}

/// As [`from_text`], of bytes that should be text.
pub fn from_bytes<T: FromJson>(bytes: &[u8]) -> Result<T, Problem> {
    T::from_json(&crate::parse(bytes)?)
}

/// Writes a value.
pub fn to_text(value: &(impl ToJson + ?Sized)) -> String {
    let mut out = Vec::new();
    value.write(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

macro_rules! plain {
    ($($type:ty: |$json:ident| $read:expr, |$value:ident, $out:ident| $write:expr;)+) => {
        $(
            impl FromJson for $type {
                fn from_json($json: &Json) -> Result<Self, Problem> {
                    $read
                }
            }

            impl ToJson for $type {
                fn write(&self, $out: &mut Vec<u8>) {
                    let $value = self;
                    $write;
                }
            }
        )+
    };
}

plain! {
    bool: |json| json.bool(), |value, out| write_text(if *value { "true" } else { "false" }, out);
    u8: |json| Ok(json.unsigned(u8::MAX.into(), "u8")? as u8), |value, out| write_whole((*value).into(), out);
    u16: |json| Ok(json.unsigned(u16::MAX.into(), "u16")? as u16), |value, out| write_whole((*value).into(), out);
    u32: |json| Ok(json.unsigned(u32::MAX.into(), "u32")? as u32), |value, out| write_whole((*value).into(), out);
    u64: |json| json.unsigned(u64::MAX, "u64"), |value, out| write_whole(*value, out);
    usize: |json| Ok(json.unsigned(usize::MAX as u64, "usize")? as usize), |value, out| write_whole(*value as u64, out);
    i32: |json| json.signed(), |value, out| {
        if *value < 0 {
            out.push(b'-');
        }
        write_whole(value.unsigned_abs().into(), out)
    };
    f32: |json| Ok(json.float("f32")? as f32), |value, out| write_text(&float(*value, value.is_finite()), out);
    f64: |json| json.float("f64"), |value, out| write_text(&float(*value, value.is_finite()), out);
    String: |json| json.text().map(str::to_owned), |value, out| write_quoted(value, out);
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.as_bytes());
}

/// By hand, for plans and jobs hold many numbers.
fn write_whole(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    for (index, digit) in digits.iter_mut().rev().enumerate() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return out.extend_from_slice(&digits[digits.len() - 1 - index..]);
        }
    }
}

/// JSON has no words for what is not finite.
fn float(number: impl shortest::Float, is_finite: bool) -> String {
    if is_finite {
        shortest::write(number)
    } else {
        "null".to_owned()
    }
}

/// Writes text in quotation marks, with escapes where JSON needs them.
fn write_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(plain) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..b' ')) {
        out.extend_from_slice(&rest[..plain]);
        let byte = rest[plain];
        out.push(b'\\');
        out.push(match byte {
            b'\x08' => b'b',
            b'\x0c' => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..b' ' => b'u',
            _ => byte,
        });
        if out.last() == Some(&b'u') {
            write_text(&format!("{byte:04x}"), out);
        }
        rest = &rest[plain + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

impl ToJson for str {
    fn write(&self, out: &mut Vec<u8>) {
        write_quoted(self, out);
    }
}

impl<T: ToJson + ?Sized> ToJson for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl ToJson for (u64, u64) {
    fn write(&self, out: &mut Vec<u8>) {
        [self.0, self.1].write(out);
    }
}

impl ToJson for (usize, u64, u64) {
    fn write(&self, out: &mut Vec<u8>) {
        [self.0 as u64, self.1, self.2].write(out);
    }
}

impl FromJson for [i32; 2] {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let list = Vec::from_json(json)?;
        <[i32; 2]>::try_from(list).map_err(|list| Problem::invalid_length(list.len(), "two items"))
    }
}

impl ToJson for [i32; 2] {
    fn write(&self, out: &mut Vec<u8>) {
        self[..].write(out);
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        match json {
            Json::Null => Ok(None),
            _ => T::from_json(json).map(Some),
        }
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        T::from_json(json).map(Box::new)
    }
}

impl<T: ToJson> ToJson for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: FromJson> FromJson for Rc<T> {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        T::from_json(json).map(Rc::new)
    }
}

impl<T: ToJson> ToJson for Rc<T> {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: &Json) -> Result<Self, Problem> {
        let items = json.items()?;
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.push(T::from_json(item).map_err(|problem| problem.in_item(index))?);
        }
        Ok(list)
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self[..].write(out);
    }
}

impl<T: ToJson> ToJson for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            item.write(out);
        }
        out.push(b']');
    }
}

/// Which of several forms an object with one member is, and that member's value; what is wrong with that is
/// [`Problem::in_member`] of the name.
pub fn form<'a, 't>(json: &'a Json<'t>, names: &[&str]) -> Result<(usize, &'a Json<'t>), Problem> {
    if let Json::Text(_) = json {
        crate::names::index(json, names)?;
        return Err(Json::Null.wrong("what belongs to the name"));
    }
    match json.members()? {
        [(name, value)] => match crate::names::index(name, names) {
            Ok(index) => Ok((index, value)),
            Err(problem) => Err(problem.in_member(name.key())),
        },
        members => Err(Problem::invalid_length(members.len(), "one name")),
    }
}

/// Writes a form.
pub fn write_form(name: &str, write_value: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'{');
    write_name(name, out);
    out.push(b':');
    write_value(out);
    out.push(b'}');
}

/// Writes an object. Names need no escapes.
pub fn write_members(members: &[(&str, &dyn ToJson)], out: &mut Vec<u8>) {
    out.push(b'{');
    let start = out.len();
    for (name, value) in members {
        write_member(name, start, &|out| value.write(out), out);
    }
    out.push(b'}');
}

/// Writes a member of the object whose members begin at `start`; nothing where `write_value` writes nothing.
pub(crate) fn write_member(name: &str, start: usize, write_value: &dyn Fn(&mut Vec<u8>), out: &mut Vec<u8>) {
    let before = out.len();
    if before > start {
        out.push(b',');
    }
    write_name(name, out);
    out.push(b':');
    let at = out.len();
    write_value(out);
    if out.len() == at {
        out.truncate(before);
    }
}

/// Writes a value; nothing where that would be the same as `usual`.
pub(crate) fn write_unusual(value: &dyn ToJson, usual: &dyn ToJson, out: &mut Vec<u8>) {
    let start = out.len();
    usual.write(out);
    let end = out.len();
    value.write(out);
    if out[start..end] == out[end..] {
        out.truncate(start);
    } else {
        out.drain(start..end);
    }
}

/// A member that is left out where its value is what its type's usual value is, such as empty text.
pub struct Unusual<'a, T>(pub &'a T);

impl<T: ToJson + Default> ToJson for Unusual<'_, T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_unusual(self.0, &T::default(), out);
    }
}

/// Writes a name, which needs no escapes.
pub fn write_name(name: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_serde_json_writes() {
        let texts = [
            "",
            "plain",
            "größer 層",
            "\"quoted\" \\ / \u{8}\u{c}\n\r\t\0\u{1f}\u{7f}\u{2028}",
        ];
        for text in texts.map(str::to_owned) {
            assert_eq!(to_text(&text), serde_json::to_string(&text).unwrap());
        }
        for number in [0.0, -0.0, 1.0, 0.1, 1e300, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(to_text(&number), serde_json::to_string(&number).unwrap());
            assert_eq!(
                to_text(&(number as f32)),
                serde_json::to_string(&(number as f32)).unwrap()
            );
        }
        let mixed = (
            vec![true, false],
            (u64::MAX, 0),
            (7usize, 1, 2),
            [i32::MIN, 5],
            Some(3u8),
        );
        let ours = [
            to_text(&mixed.0),
            to_text(&mixed.1),
            to_text(&mixed.2),
            to_text(&mixed.3),
            to_text(&mixed.4),
        ];
        assert_eq!(format!("[{}]", ours.join(",")), serde_json::to_string(&mixed).unwrap());
    }

    #[test]
    fn members_are_left_out() {
        let mut out = Vec::new();
        let (none, some) = (String::new(), "a".to_owned());
        write_members(
            &[
                ("none", &Unusual(&none)),
                ("some", &Unusual(&some)),
                ("last", &Unusual(&false)),
            ],
            &mut out,
        );
        assert_eq!(out, br#"{"some":"a"}"#);
    }
}
