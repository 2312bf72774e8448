//! The fields of a catalogue's row, parsed.
//! It imports nothing of the project.

/// Texts that catalogues write for an unknown value.
const UNKNOWN: &[&str] = &["", "unknown", "nan", "n/a", "none", "null", "-"];

/// Says whether a character shows nothing.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Says whether a field is empty or says "unknown".
pub(super) fn is_unknown(text: &str) -> bool {
    let text = text.trim_matches(is_blank);
    UNKNOWN.iter().any(|unknown| text.eq_ignore_ascii_case(unknown))
}

/// Returns the text on one line: each run of white space and control characters becomes one space.
pub(super) fn clean(text: &str) -> String {
    text.split(is_blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns every tag once, in the order of the text.
pub(super) fn tags(text: &str, separator: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(separator).map(clean).filter(|tag| !is_unknown(tag)) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Returns a number that is finite and not below `least`.
pub(super) fn number(text: &str, least: f64) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= least)
}

/// Returns a number with at most this many digits after the point.
pub(super) fn rounded(value: f64, decimals: Option<u8>) -> f64 {
    let Some(digits) = decimals else { return value };
    let scale = 10_f64.powi(i32::from(digits));
    let rounded = (value * scale).round() / scale;
    if rounded.is_finite() { rounded } else { value }
}

/// Returns an address that a page may use: `http`, `https` or relative.
pub(super) fn address(text: &str) -> Option<String> {
    let scheme =
        text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains('/'));
    let is_web = scheme.is_none_or(|scheme| {
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    });
    let is_plain = !text.contains(is_blank);
    (is_web && is_plain).then(|| text.to_owned())
}

/// Returns an id that is a whole number of 32 bits, written without leading zeros.
pub(super) fn whole_id(text: &str) -> Option<u32> {
    let is_plain =
        text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_whole_numbers_are_numeric_ids() {
        assert_eq!(["0", "404", "4294967295"].map(whole_id), [Some(0), Some(404), Some(u32::MAX)]);
        for text in ["", "007", "+5", "-1", "1.0", "4294967296", "about", "４"] {
            assert_eq!(whole_id(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_rounded_where_asked() {
        assert_eq!(rounded(6.509_999_194_911_844, Some(2)), 6.51);
        assert_eq!(rounded(6.509_999_194_911_844, None), 6.509_999_194_911_844);
        assert_eq!((rounded(-2.5, Some(0)), rounded(1e308, Some(9))), (-3.0, 1e308));
    }

    #[test]
    fn addresses_are_of_the_web_or_relative() {
        for good in ["https://a.example/1", "HTTP://a", "pictures/3.png", "/a:b", "a/b:c", "?q=x"] {
            assert_eq!(address(good).as_deref(), Some(good));
        }
        for bad in ["javascript:x", "data:image/png;base64,A", "a b.png", "a\u{7}", "mailto:a"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
