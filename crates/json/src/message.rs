//! Numbers and text in messages. The standard library writes both, too, but brings tables and code along that are as long
//! as a reader of a format: floats of any width, and what of Unicode can be printed.

use crate::shortest::{self, Float};
use std::fmt::{self, Display, Write};

/// A number in as few digits as tell it from others, as JSON has it but for whole numbers, which have no point.
#[cold]
#[inline(never)]
pub fn shown(number: impl Float) -> String {
    let mut text = shortest::write(number);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

/// Bytes of a text that a message shows: whoever wrote a file chose how long its names are.
const SHOWN: usize = 256;

/// The start of a text, as much as a message shows of it.
pub fn head(text: &str) -> &str {
    let mut ends = (0..=text.len().min(SHOWN)).rev();
    ends.find_map(|end| text.get(..end)).unwrap_or_default()
}

/// Text in quotation marks, with escapes for what would not be seen as it is; of a long one the start.
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let head = head(self.0);
        for character in head.chars() {
            match character {
                // Quotation marks and escapes, controls, ends of lines and what turns the direction of text.
                '"' | '\\' | '\0'..' ' | '\x7f'..'\u{a0}' | '\u{2028}'..'\u{202f}' | '\u{2066}'..'\u{206a}' => {
                    write!(f, "{}", character.escape_default())?;
                }
                _ => f.write_char(character)?,
            }
        }
        f.write_str(if head.len() < self.0.len() { "\"…" } else { "\"" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        for text in [
            "",
            "layer.0/weight",
            "a \"b\" \\ c",
            "tab\tline\n\r\x7f",
            "größer 層",
            "\u{202e}abc\u{9b}",
        ] {
            assert_eq!(Quoted(text).to_string(), format!("{text:?}"));
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        for text in ["a".repeat(256), "ä".repeat(128)] {
            assert_eq!(Quoted(&text).to_string(), format!("{text:?}"));
            let longer = format!("{text}b");
            assert_eq!(Quoted(&longer).to_string(), format!("{text:?}…"));
        }
        assert_eq!(head(&format!("a{}", "ä".repeat(1000))).len(), 255);
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [2.0, -0.0, 0.1, 1e-7, 65504.0, f32::MAX, f32::NAN, f32::NEG_INFINITY].map(shown);
        assert_eq!(
            numbers,
            ["2", "-0", "0.1", "1e-7", "65504", "3.4028235e+38", "NaN", "-inf"]
        );
        assert_eq!(shown(0.1f64 + 0.2), "0.30000000000000004");
    }
}
