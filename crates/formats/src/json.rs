//! JSON in model files.

use crate::error::{FormatError, check_limit};
use crate::limits::MAX_JSON_VALUES;
use tensorpress_json::{Place, Problem};

/// Reads a value from JSON. What it holds is read as a whole, so a text of very many values is refused before.
pub fn read<T>(
    format: &'static str,
    text: &[u8],
    read: impl FnOnce(Place) -> Result<T, Problem>,
    refusal: impl FnOnce(Problem) -> FormatError,
) -> Result<T, FormatError> {
    check_limit(format, "MAX_JSON_VALUES", MAX_JSON_VALUES, most_values(text))?;
    tensorpress_json::read_with(text, read).map_err(refusal)
}

/// No fewer than the text holds: one of these is before each but the first.
fn most_values(text: &[u8]) -> u64 {
    let before = text.iter().filter(|byte| matches!(byte, b'[' | b'{' | b',' | b':'));
    before.count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Fault;

    #[test]
    fn very_many_values_are_refused() {
        let mut text = vec![b','; MAX_JSON_VALUES as usize];
        let refused = |text: &[u8]| {
            let corrupt = |problem: Problem| FormatError::corrupt("test", 0, problem.to_string());
            read("test", text, |whole| whole.numbers(), corrupt).unwrap_err()
        };
        assert!(matches!(
            refused(&text).fault(),
            Fault::Limit {
                limit: "MAX_JSON_VALUES",
                ..
            }
        ));
        text.pop();
        assert!(matches!(refused(&text).fault(), Fault::Corrupt { .. }));
    }

    #[test]
    fn values_are_counted() {
        for (text, values) in [("1", 1), ("[]", 2), ("[1,[2],{\"a\":3}]", 7)] {
            assert_eq!(most_values(text.as_bytes()), values, "{text}");
        }
    }
}
