//! JSON into types, and types as JSON. Text becomes a [`Json`] tree, and every type is read from that, with the path of
//! what is refused: what callers give by tables ([`fields!`], [`names!`]), for which there is one reader and one writer.
//!
//! What serde derives is compiled once a deserializer, with code for every form that this deserializer might give. One
//! deserializer for all types that gives each its own form alone, objects for structs, text for names, is why reading
//! them weighs little in WebAssembly. What others wrote, of which little is read, is read by hand ([`Place`]). What messages hold of values is written here for the same reason.
#![forbid(unsafe_code)]

mod fields;
mod message;
mod names;
mod node;
mod parse;
mod place;
mod problem;
mod shortest;
mod tree;
mod value;

pub use fields::{Fields, Table, read_fields, write_fields};
pub use message::{Quoted, shown};
pub use names::index as name_index;
pub use place::{Place, read_with};
pub use problem::{Parts, Problem};
pub use shortest::Float;
pub use tree::Json;
pub use value::{
    BySerde, FromJson, ToJson, Value, by_serde, form, from_text, to_text, write_form, write_members, write_name,
};

use node::Node;
use parse::parse;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Reads a value from UTF-8 text that holds it and nothing else.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    T::deserialize(Node(&parse(text)?))
}

/// Writes a value of a type that has no reason to refuse: none of its own, and no keys that are not text.
pub fn write<T: Serialize + ?Sized>(value: &T) -> String {
    to_text(&BySerde(value))
}

/// Appends such a value.
fn append<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let written = value.serialize(&mut Serializer::with_formatter(out, Plain));
    debug_assert!(written.is_ok());
}

/// JSON without blanks, with floats as they are written here.
struct Plain;

impl Formatter for Plain {
    fn write_f32<W: Write + ?Sized>(&mut self, out: &mut W, value: f32) -> io::Result<()> {
        out.write_all(shortest::write(value).as_bytes())
    }

    fn write_f64<W: Write + ?Sized>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        out.write_all(shortest::write(value).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Everything {
        flag: bool,
        small: u8,
        signed: i32,
        large: u64,
        single: f32,
        double: f64,
        text: String,
        #[serde(default)]
        absent: Option<u8>,
        pair: (u8, String),
        three: [u8; 3],
        names: Vec<Name>,
        map: BTreeMap<String, u8>,
        either: Either,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Name {
        Plain,
        Boxed(u8),
        Shaped { side: u8 },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged, expecting = "expected a number or { of }")]
    enum Either {
        Number(u8),
        Object { of: u8 },
    }

    const GOOD: &str = r#"{"flag":true,"small":255,"signed":-7,"large":18446744073709551615,"single":0.1,"double":2,
        "text":"a\nb","pair":[1,"b"],"three":[1,2,3],"names":["plain",{"boxed":3},{"shaped":{"side":4}}],
        "map":{"x":1,"y":2},"either":{"of":9}}"#;

    fn refused(from: &str, to: &str) -> String {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from} is not there");
        read::<Everything>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let ours: Everything = read(GOOD.as_bytes()).unwrap();
        assert_eq!(ours, serde_json::from_str(GOOD).unwrap());
        assert_eq!(ours.single, 0.1);
        assert_eq!(ours.names[2], Name::Shaped { side: 4 });
    }

    #[test]
    fn refusals_name_the_path() {
        for (from, to, expected) in [
            ("true", "1", "flag: invalid type: integer `1`, expected a boolean"),
            ("255", "256", "small: invalid value: integer `256`, expected u8"),
            ("255", "-1", "small: invalid value: integer `-1`, expected u8"),
            ("255", "1.5", "small: invalid type: floating point `1.5`, expected u8"),
            (
                "-7",
                "3000000000",
                "signed: invalid value: integer `3000000000`, expected i32",
            ),
            ("0.1", "\"x\"", "single: invalid type: string \"x\", expected f32"),
            ("\"a\\nb\"", "null", "text: invalid type: null, expected a string"),
            ("\"text\"", "\"txt\"", "txt: unknown field `txt`"),
            ("\"text\"", "\"flag\"", "duplicate field `flag`"),
            ("\"text\":\"a\\nb\",", "", "missing field `text`"),
            (
                "[1,\"b\"]",
                "[1,2]",
                "pair[1]: invalid type: integer `2`, expected a string",
            ),
            ("[1,\"b\"]", "[1]", "pair: invalid length 1"),
            ("[1,2,3]", "[1,2,3,4]", "three: invalid length 4"),
            ("plain", "plane", "names[0]: unknown variant `plane`"),
            ("boxed", "plain", "names[1].plain: invalid type: integer `3`"),
            ("boxed", "bxd", "names[1].bxd: unknown variant `bxd`"),
            ("\"plain\"", "\"boxed\"", "names[0]: invalid type: null"),
            (
                "{\"side\":4}",
                "{\"side\":\"4\"}",
                "names[2].shaped.side: invalid type: string \"4\"",
            ),
            ("{\"side\":4}", "[4]", "names[2].shaped: invalid type: sequence"),
            ("{\"of\":9}", "[]", "either: expected a number or { of }"),
            ("{\"boxed\":3}", "{}", "names[1]: invalid length 0, expected one name"),
            ("\"y\":2", "\"y\":\"\"", "map.y: invalid type: string \"\", expected u8"),
        ] {
            let message = refused(from, to);
            assert!(message.starts_with(expected), "{to}: {message}");
        }
        for (text, expected) in [
            ("{", "EOF"),
            ("{} {}", "trailing characters"),
            ("[1e999]", "number out of range"),
        ] {
            let message = read::<Everything>(text.as_bytes()).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text}: {message}");
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq)]
    pub enum Colour {
        Red,
        DarkBlue,
    }

    names!(Colour {
        Red: "red",
        DarkBlue: "darkBlue"
    });

    fields! {
        /// By a table.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Table {
            /// It must be there.
            pub wanted: u8 => required,
            /// It is always written.
            pub colour: Colour => written = Colour::Red,
            /// It has a name of its own.
            pub other_name("otherName"): Option<Vec<f32>>,
            /// It has a default of its own.
            pub flag: bool = true,
            /// Tables within tables.
            pub inner: Vec<Inner>,
        }
    }

    fields! {
        /// Within another.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Inner {
            /// A number.
            pub number: f64,
        }
    }

    #[test]
    fn tables_read_and_write() {
        for text in [
            r#"{"wanted":3,"colour":"red"}"#,
            r#"{"wanted":0,"colour":"darkBlue","otherName":[1.0,0.1],"flag":false,"inner":[{"number":0.1},{}]}"#,
            r#"{"wanted":255,"colour":"red","otherName":[]}"#,
        ] {
            assert_eq!(to_text(&from_text::<Table>(text).unwrap()), text);
        }
    }

    #[test]
    fn tables_refuse_by_path() {
        for (text, expected) in [
            ("[]", "invalid type: sequence, expected an object"),
            ("{}", "missing field `wanted`"),
            (r#"{"wanted":256}"#, "wanted: invalid value: integer `256`, expected u8"),
            (r#"{"wanted":1,"wanted":1}"#, "duplicate field `wanted`"),
            (
                r#"{"wanted":1,"other_name":1}"#,
                "other_name: unknown field `other_name`, expected one of `wanted`, `colour`, `otherName`",
            ),
            (
                r#"{"wanted":1,"colour":3}"#,
                "colour: invalid type: integer `3`, expected a string",
            ),
            (
                r#"{"wanted":1,"colour":"dark"}"#,
                "colour: unknown variant `dark`, expected `red` or `darkBlue`",
            ),
            (
                r#"{"wanted":1,"otherName":[1,true]}"#,
                "otherName[1]: invalid type: boolean `true`, expected f32",
            ),
            (
                r#"{"wanted":1,"inner":[{},{"number":"x"}]}"#,
                "inner[1].number: invalid type: string \"x\", expected f64",
            ),
            (
                r#"{"wanted":1,"inner":{}}"#,
                "inner: invalid type: map, expected a sequence",
            ),
        ] {
            let message = from_text::<Table>(text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{text}: {message}");
        }
    }

    #[test]
    fn forms_are_objects_of_one_member() {
        const NAMES: [&str; 2] = ["first", "second"];
        let read = |text: &str| {
            let json = parse(text.as_bytes()).unwrap();
            form(&json, &NAMES).map(|(index, value)| (index, value.clone()))
        };
        assert_eq!(read(r#"{"second":true}"#).unwrap(), (1, Json::Bool(true)));
        for (text, expected) in [
            ("3", "invalid type: integer `3`, expected an object"),
            ("{}", "invalid length 0, expected one name"),
            (r#"{"first":1,"second":1}"#, "invalid length 2, expected one name"),
            (
                r#"{"third":1}"#,
                "third: unknown variant `third`, expected `first` or `second`",
            ),
            (r#""first""#, "invalid type: null, expected what belongs to the name"),
            (r#""third""#, "unknown variant `third`, expected `first` or `second`"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), expected);
        }
        let mut out = Vec::new();
        write_form("first", |out| 7u8.write(out), &mut out);
        assert_eq!(out, br#"{"first":7}"#);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let text = "[".repeat(100_000);
        assert!(
            read::<Vec<u8>>(text.as_bytes())
                .unwrap_err()
                .to_string()
                .contains("recursion")
        );
    }
}
