//! The text between two tags, decided by all rows of a column.
//! It imports nothing of the project.

/// The least part of the rows with any separator, in percent, in which `;` or `|` must stand to be
/// the separator. Names of tags hold commas more often than these; a few stray ones decide nothing.
const LEAST_PERCENT: usize = 10;

/// Returns the separator of a column of tags: `;` or `|` if enough rows have it, else `,`.
pub(super) fn separator<'a>(values: impl Iterator<Item = &'a str>) -> &'static str {
    let (mut any, mut bars, mut semicolons) = (0, 0, 0);
    for value in values {
        let (bar, semicolon) = (value.contains('|'), value.contains(';'));
        any += usize::from(bar || semicolon || value.contains(','));
        bars += usize::from(bar);
        semicolons += usize::from(semicolon);
    }
    let (count, found) = if bars >= semicolons { (bars, "|") } else { (semicolons, ";") };
    if count > 0 && count * 100 >= any * LEAST_PERCENT { found } else { "," }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_decide_and_a_stray_mark_does_not() {
        let of = |values: &[&str]| separator(values.iter().copied());
        assert_eq!(of(&["Action, Space", "Drama"]), ",");
        assert_eq!(of(&["Action|Space", "Drama"]), "|");
        assert_eq!(of(&["Drama", "Rock, Pop; Jazz"]), ";");
        assert_eq!(of(&["a;b", "a;c|d", "b;c"]), ";");
        assert_eq!(of(&["Drama", "Jazz"]), ",");
        assert_eq!(of(&[]), ",");
        let mut many = vec!["Action, Space"; 30];
        many.push("Tom &amp; Jerry");
        assert_eq!(of(&many), ",", "one row in thirty");
    }
}
