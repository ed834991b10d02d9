//! Types that are read from a tree and written as text by tables instead of code of their own.
//!
//! What serde derives is code for every member of every type. Types here say what they are made of, and one reader and
//! one writer do the rest ([`crate::fields`], [`crate::names`]).

use crate::Json;
use crate::problem::Problem;
use serde::Serialize;
use std::rc::Rc;

/// What is read from a tree.
pub trait FromJson: Sized {
    /// The value that `json` holds.
    fn from_json(json: &Json) -> Result<Self, Problem>;
}

/// What is written as JSON.
pub trait ToJson {
    /// Appends the value.
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
    T::from_json(&crate::parse(text.as_bytes())?)
}

/// Writes a value.
pub fn to_text(value: &(impl ToJson + ?Sized)) -> String {
    let mut out = Vec::new();
    value.write(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Writes what serde knows, of a type that has no reason to refuse.
pub struct BySerde<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> ToJson for BySerde<'_, T> {
    fn write(&self, out: &mut Vec<u8>) {
        crate::append(self.0, out);
    }
}

macro_rules! plain {
    ($($type:ty: |$json:ident| $read:expr;)+) => {
        $(
            impl FromJson for $type {
                fn from_json($json: &Json) -> Result<Self, Problem> {
                    $read
                }
            }

            impl ToJson for $type {
                fn write(&self, out: &mut Vec<u8>) {
                    crate::append(self, out);
                }
            }
        )+
    };
}

plain! {
    bool: |json| json.bool();
    u8: |json| Ok(json.unsigned(u8::MAX.into(), "u8")? as u8);
    u16: |json| Ok(json.unsigned(u16::MAX.into(), "u16")? as u16);
    u32: |json| Ok(json.unsigned(u32::MAX.into(), "u32")? as u32);
    u64: |json| json.unsigned(u64::MAX, "u64");
    usize: |json| Ok(json.unsigned(usize::MAX as u64, "usize")? as usize);
    i32: |json| json.signed();
    f32: |json| Ok(json.float("f32")? as f32);
    f64: |json| json.float("f64");
    String: |json| json.text().map(str::to_owned);
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
pub fn form<'a>(json: &'a Json, names: &[&str]) -> Result<(usize, &'a Json), Problem> {
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
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_name(name, out);
        out.push(b':');
        value.write(out);
    }
    out.push(b'}');
}

/// Writes a name, which needs no escapes.
pub fn write_name(name: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.push(b'"');
}
