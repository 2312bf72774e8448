//! Dates of a catalogue: a day, a month or a year, as people write them.
//! It imports nothing of the project.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Serialize;

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatePrecision {
    /// Only the year is known.
    Year,
    /// Year and month are known.
    Month,
    /// The day is known.
    Day,
}

/// A date of a catalogue, from the year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueDate {
    days: i32,
    year: i16,
    precision: DatePrecision,
}

/// Forms of a day beside ISO 8601 that leave no doubt about the month.
const DAYS: [&str; 5] = ["%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d"];

impl CatalogueDate {
    /// Reads a date, or returns `None` if the text holds none.
    ///
    /// It knows `2023`, `2023-05` and `2023-05-01`, a day with a time (RFC 3339, or with a space
    /// as databases write it), and days with the name of the month, such as `Apr 3, 1998`. A
    /// period `… to …` counts from its first day. Any other text gives the first group of four
    /// digits that is a year from 1800 to 2199. A text that begins as an ISO date and is none, such
    /// as `2023-13-01`, gives nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.split(" to ").next().unwrap_or_default().trim();
        let bytes = text.as_bytes();
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match bytes.get(digits) {
            None if (1..=4).contains(&digits) => {
                Self::of(text.parse().ok()?, 1, 1, DatePrecision::Year)
            }
            Some(b'-') if digits == 4 && bytes.get(5).is_some_and(u8::is_ascii_digit) => {
                Self::parse_iso(text)
            }
            _ => Self::parse_named(text).or_else(|| Self::parse_year(text)),
        }
    }

    /// Returns the days from 1970-01-01 to the date, or to the first day of its month or year.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.days
    }

    /// Returns the year.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// Returns how exact the date is.
    #[must_use]
    pub const fn precision(self) -> DatePrecision {
        self.precision
    }

    fn of(year: i16, month: i8, day: i8, precision: DatePrecision) -> Option<Self> {
        Date::new(year, month, day).ok().and_then(|date| Self::from_date(date, precision))
    }

    fn from_date(date: Date, precision: DatePrecision) -> Option<Self> {
        let hours = date.duration_since(Date::constant(1970, 1, 1)).as_hours();
        let days = i32::try_from(hours / 24).ok()?;
        (date.year() > 0).then_some(Self { days, year: date.year(), precision })
    }

    fn parse_iso(text: &str) -> Option<Self> {
        if text.len() == 7 {
            let month = text[5..].parse().ok()?;
            return Self::of(text[..4].parse().ok()?, month, 1, DatePrecision::Month);
        }
        let day = text.get(..10)?;
        let is_whole = text.len() == 10
            || text.parse::<Timestamp>().is_ok()
            || text.parse::<DateTime>().is_ok();
        // The day as it is written counts, not that of another time zone.
        let date: Date = is_whole.then(|| day.parse().ok()).flatten()?;
        Self::from_date(date, DatePrecision::Day)
    }

    fn parse_named(text: &str) -> Option<Self> {
        let date = DAYS.iter().find_map(|form| Date::strptime(form, text).ok())?;
        Self::from_date(date, DatePrecision::Day)
    }

    fn parse_year(text: &str) -> Option<Self> {
        let mut groups = text.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 4);
        let year = groups.find_map(|digits| {
            digits.parse().ok().filter(|year: &i16| (1800..2200).contains(year))
        })?;
        Self::of(year, 1, 1, DatePrecision::Year)
    }
}

#[cfg(test)]
mod tests {
    use super::DatePrecision::{Day, Month, Year};
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, want) in [
            ("1970-01-01", Some((0, 1970, Day))),
            ("2023-05-01", Some((19_478, 2023, Day))),
            ("1969-12-31", Some((-1, 1969, Day))),
            ("2023-05-01T23:30:00-05:00", Some((19_478, 2023, Day))),
            ("2023-05-01T10:00:00Z", Some((19_478, 2023, Day))),
            ("2023-05-01 10:00:00", Some((19_478, 2023, Day))),
            ("2023-05", Some((19_478, 2023, Month))),
            ("2023", Some((19_358, 2023, Year))),
            ("1503", Some((-170_569, 1503, Year))),
            ("79", Some((-690_673, 79, Year))),
            ("Apr 3, 1998", Some((10_319, 1998, Day))),
            ("Apr 3, 1998 to Apr 24, 1999", Some((10_319, 1998, Day))),
            ("3 April 1998", Some((10_319, 1998, Day))),
            ("Spring 1998", Some((10_227, 1998, Year))),
            ("1998.0", Some((10_227, 1998, Year))),
            ("05/01/2023", Some((19_358, 2023, Year))),
            ("1998 to ?", Some((10_227, 1998, Year))),
            ("2023-13-01", None),
            ("2023-02-30", None),
            ("2023-5-1", None),
            ("2023-05-01x", None),
            ("2023-05-01T25:00:00Z", None),
            ("0", None),
            ("20230501", None),
            ("soon", None),
            ("1799 or so", None),
            ("2023-summer", Some((19_358, 2023, Year))),
            ("", None),
        ] {
            let date = CatalogueDate::parse(text);
            assert_eq!(date.map(|d| (d.days(), d.year(), d.precision())), want, "{text:?}");
        }
    }

    #[test]
    fn a_date_is_never_another_year_than_its_text_names() {
        for year in 1..=9999 {
            for text in [format!("{year:04}-12-31"), format!("{year:04}-01"), format!("{year}")] {
                let date = CatalogueDate::parse(&text).unwrap();
                assert_eq!(date.year(), year, "{text}");
                let from_days = Date::constant(1970, 1, 1)
                    .checked_add(jiff::Span::new().days(date.days()))
                    .unwrap();
                assert_eq!(from_days.year(), year, "{text}");
            }
        }
    }
}
