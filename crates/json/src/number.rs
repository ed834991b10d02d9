//! Numbers in messages.

/// A number in as few digits as tell it from others, as JSON has it but for whole numbers, which have no point. For
/// messages: the standard library's way of writing floats would be as long as a reader of a format, and JSON's is there.
#[cold]
#[inline(never)]
pub fn shown(number: impl zmij::Float) -> String {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format(number);
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown;

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
