use super::*;
use serde_json::Value;

/// What serde_json makes of a text: the tree, or its words without the place.
fn by_serde(text: &[u8]) -> std::result::Result<Value, String> {
    serde_json::from_slice(text).map_err(|error| {
        let place = format!(" at line {} column {}", error.line(), error.column());
        error.to_string().trim_end_matches(&place).to_owned()
    })
}

fn is_same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Json::Text(ours), Value::String(theirs)) => ours == theirs,
        (Json::Unsigned(ours), Value::Number(theirs)) => theirs.as_u64() == Some(*ours),
        (Json::Signed(ours), Value::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Json::Float(ours), Value::Number(theirs)) => {
            theirs.is_f64() && theirs.as_f64().map(f64::to_bits) == Some(ours.to_bits())
        }
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        // Theirs keeps the last of members of one name.
        (Json::Object(ours), Value::Object(theirs)) => ours.iter().enumerate().all(|(index, (name, value))| {
            let Json::Text(text) = name else { return false };
            ours[index + 1..].iter().any(|(later, _)| later == name) || is_same(value, &theirs[&**text])
        }),
        _ => false,
    }
}

fn assert_same(text: &[u8]) {
    let shown = String::from_utf8_lossy(text);
    match (parse(text), by_serde(text)) {
        (Ok(ours), Ok(theirs)) => assert!(is_same(&ours, &theirs), "{shown}: {ours:?}, not {theirs:?}"),
        (Err(ours), Err(theirs)) => assert_eq!(ours.to_string(), theirs, "{shown}"),
        (ours, theirs) => panic!("{shown}: {ours:?}, not {theirs:?}"),
    }
}

const TEXTS: [&str; 8] = [
    r#" {"a" : [1, -2, 3.25, 1e3, -0, null, true, false, {}, [] ], "b":{"c":"d"}, "a":0} "#,
    r#""plain \"\\\/\b\f\n\r\t \u00e9 \ud83d\ude00 größer""#,
    "18446744073709551615",
    "-9223372036854775808",
    "18446744073709551619.3",
    "123456789012345678901234567890.5e-12",
    "0.000000000000000000000012345678901234567890123",
    "-12.5E+300",
];

#[test]
fn reads_and_refuses_what_serde_json_does() {
    for text in TEXTS.map(str::as_bytes) {
        for at in 0..=text.len() {
            assert_same(&text[..at]);
            for byte in b"\"\\{}[],:-+.eE0179nulfx \n\x01\x80\xc3" {
                let mut changed = text.to_vec();
                changed.insert(at, *byte);
                assert_same(&changed);
                if at < text.len() {
                    changed.remove(at + 1);
                    assert_same(&changed);
                }
            }
        }
    }
}

#[test]
fn refuses_surrogates_that_are_no_pair() {
    for text in [
        r#""\ud83d""#,
        r#""\ud83d\n""#,
        r#""\ud83dx""#,
        r#""\ud83d"#,
        r#""\ud83d\"#,
        r#""\ude00""#,
        r#""\ud83d\ud83d""#,
        r#""\ud83d\u00""#,
        r#""\uDBFF\uDFFF\ud800\udc00\uFFFF\u0000""#,
    ] {
        assert_same(text.as_bytes());
    }
}

#[test]
fn numbers_are_the_same_bits() {
    for significand in [
        "0",
        "1",
        "7",
        "123456789",
        "9007199254740993",
        "18446744073709551615",
        "179769313486231581",
    ] {
        for exponent in -345..=310 {
            assert_same(format!("{significand}e{exponent}").as_bytes());
            assert_same(format!("-{significand}.{significand}E{exponent:+}").as_bytes());
        }
    }
    for exponent in [
        "2147483647",
        "2147483648",
        "-2147483648",
        "99999999999999999999999",
        "-99999999999999999999999",
    ] {
        for significand in ["0", "-0.0", "1", "2.5", "123456789012345678901234567890"] {
            assert_same(format!("{significand}e{exponent}").as_bytes());
        }
    }
    for (exponent, power) in powers().into_iter().enumerate() {
        assert_eq!(format!("1e{exponent}").parse(), Ok(power), "{exponent}");
    }
}

#[test]
fn refuses_what_is_too_deep() {
    for depth in [126, 127, 128] {
        assert_same(("[".repeat(depth) + &"]".repeat(depth)).as_bytes());
        assert_same(("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth)).as_bytes());
    }
}
