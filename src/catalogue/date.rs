//! A day of the calendar, as text and as a number. Imports nothing of the crate.

use std::fmt;

/// A day, counted from 1970-01-01. As text `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i32);

/// The first and the last year that a date can have.
const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i32 = 719_468;

/// Days of 400 years.
const DAYS_OF_ERA: i32 = 146_097;

impl Date {
    /// Returns the first and the last day of a year, a month or a day: `YYYY`, `YYYY-MM` or
    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn span_of(text: &str) -> Option<[Self; 2]> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| -> Option<Option<i32>> {
            let Some(text) = parts.next() else { return Some(None) };
            let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| text.parse().ok())
        };
        let (year, month, day) = (part(4)??, part(2)?, part(2)?);
        if parts.next().is_some() {
            return None;
        }
        match (month, day) {
            (None, _) => Some([Self::of(year, 1, 1)?, Self::of(year, 12, 31)?]),
            (Some(month), None) => {
                Some([Self::of(year, month, 1)?, Self::of(year, month, days_of(year, month))?])
            }
            (Some(month), Some(day)) => Self::of(year, month, day).map(|date| [date; 2]),
        }
    }

    /// Returns a day of the Gregorian calendar, if there is such a day.
    #[must_use]
    pub fn of(year: i32, month: i32, day: i32) -> Option<Self> {
        let is_month = YEARS.contains(&year) && (1..=12).contains(&month);
        if !is_month || !(1..=days_of(year, month)).contains(&day) {
            return None;
        }
        // Years begin in March here, so that the leap day is the last of its year.
        let year = if month > 2 { year } else { year - 1 };
        let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year * 365 + year / 4 - year / 100 + day_of_year;
        Some(Self(era * DAYS_OF_ERA + day_of_era - DAYS_BEFORE_1970))
    }

    /// Returns year, month and day.
    #[must_use]
    pub fn parts(self) -> [i32; 3] {
        let days = self.0.saturating_add(DAYS_BEFORE_1970);
        let (era, day) = (days.div_euclid(DAYS_OF_ERA), days.rem_euclid(DAYS_OF_ERA));
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153; // counted from March
        let day = day - (153 * month + 2) / 5 + 1;
        let year = year + era * 400 + i32::from(month >= 10);
        [year, if month < 10 { month + 3 } else { month - 9 }, day]
    }
}

fn days_of(year: i32, month: i32) -> i32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day] = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        let first = Date::of(0, 1, 1).unwrap();
        let last = Date::of(9999, 12, 31).unwrap();
        let mut before = String::new();
        for day in first.0..=last.0 {
            let [year, month, day_of_month] = Date(day).parts();
            assert_eq!(Date::of(year, month, day_of_month), Some(Date(day)));
            let text = Date(day).to_string();
            assert!(before < text, "{before} {text}");
            before = text;
        }
        assert_eq!((first.0, Date::of(1970, 1, 1)), (-719_528, Some(Date(0))));
        assert_eq!(Date::of(2000, 2, 29).map(|date| date.0), Some(11_016));
        assert_eq!([Date(i32::MIN), Date(i32::MAX)].map(|date| date.parts().len()), [3, 3]);
    }

    #[test]
    fn a_year_and_a_month_are_spans() {
        let span = |text: &str| Date::span_of(text).map(|span| span.map(|date| date.to_string()));
        let found = |a: &str, b: &str| Some([a.to_owned(), b.to_owned()]);
        assert_eq!(span("2023"), found("2023-01-01", "2023-12-31"));
        assert_eq!(span("2024-02"), found("2024-02-01", "2024-02-29"));
        assert_eq!(span("1900-02"), found("1900-02-01", "1900-02-28"));
        assert_eq!(span("2023-05-01"), found("2023-05-01", "2023-05-01"));
        for bad in
            ["", "23", "2023-", "2023-13", "2023-1", "2023-02-29", "2023-05-01-01", "+023", "x"]
        {
            assert_eq!(span(bad), None, "{bad}");
        }
    }
}
