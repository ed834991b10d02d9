use super::*;

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
        ("[]", "invalid type: sequence, expected a map"),
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
        (r#"{"wanted":-1}"#, "wanted: invalid value: integer `-1`, expected u8"),
        (
            r#"{"wanted":1.5}"#,
            "wanted: invalid type: floating point `1.5`, expected u8",
        ),
        (
            r#"{"wanted":1,"flag":null}"#,
            "flag: invalid type: null, expected a boolean",
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
fn numbers_keep_within_their_types() {
    fn read<T: FromJson + ToJson>(text: &str) -> String {
        from_text::<T>(text).map_or_else(|problem| problem.to_string(), |value| to_text(&value))
    }
    assert_eq!(read::<u64>("18446744073709551615"), "18446744073709551615");
    assert_eq!(read::<f64>("18446744073709551615"), "1.8446744073709552e+19");
    assert_eq!(read::<f32>("-3"), "-3.0");
    assert_eq!(read::<u16>("65535"), "65535");
    assert_eq!(read::<u16>("65536"), "invalid value: integer `65536`, expected u16");
    assert_eq!(read::<[i32; 2]>("[-2147483648,2147483647]"), "[-2147483648,2147483647]");
    for (text, expected) in [
        (
            "[-2147483649,0]",
            "[0]: invalid value: integer `-2147483649`, expected i32",
        ),
        (
            "[0,2147483648]",
            "[1]: invalid value: integer `2147483648`, expected i32",
        ),
        ("[0]", "invalid length 1, expected two items"),
        ("[0,1,2]", "invalid length 3, expected two items"),
        ("[0,\"1\"]", "[1]: invalid type: string \"1\", expected i32"),
    ] {
        assert_eq!(read::<[i32; 2]>(text), expected);
    }
    for (text, expected) in [
        ("{", "EOF"),
        ("{} {}", "trailing characters"),
        ("[1e999]", "number out of range"),
    ] {
        assert!(read::<Vec<f64>>(text).starts_with(expected), "{text}");
    }
}

#[test]
fn forms_are_objects_of_one_member() {
    const NAMES: [&str; 2] = ["first", "second"];
    let read = |text: &'static str| {
        let json = parse(text.as_bytes()).unwrap();
        form(&json, &NAMES).map(|(index, value)| (index, value.clone()))
    };
    assert_eq!(read(r#"{"second":true}"#).unwrap(), (1, Json::Bool(true)));
    for (text, expected) in [
        ("3", "invalid type: integer `3`, expected a map"),
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
        from_text::<Vec<u8>>(&text)
            .unwrap_err()
            .to_string()
            .contains("recursion")
    );
}
