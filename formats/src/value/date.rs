//! Days, months, quarters and years as reports write them, each read as the range of days it means.

use chrono::NaiveDate;
use chrono::format::{Item, ParseErrorKind, Parsed, StrftimeItems, parse, parse_and_remainder};
use kernel::period::{Month, Period};

/// Royalty reports of other centuries are misread dates.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not written in the form the layout declares.
    #[error("is not a date in the form of this report")]
    Form,
    /// Well formed, but no such day, month or quarter exists (30 February, month 13), or it lies outside 1900 to 2100.
    #[error("is not a day of the calendar")]
    Impossible,
}

/// A form of date, in the notation of `strftime`: `%m/%d/%Y`, `%Y%m%d`, `%YM%m` for `2017M10`, `%B %Y` for
/// `October 2024`, `%qQ%Y` for `2Q2025`.
#[derive(Debug, Clone)]
pub struct DateFormat {
    items: Vec<Item<'static>>,
}

impl DateFormat {
    /// Prepares a form.
    ///
    /// # Errors
    /// The text, when it is not a form or when it has no year.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let items =
            StrftimeItems::new(pattern).parse_to_owned().map_err(|_| format!("`{pattern}` is not a date form"))?;
        if pattern.contains("%Y") || pattern.contains("%y") {
            Ok(Self { items })
        } else {
            Err(format!("the date form `{pattern}` has no year"))
        }
    }

    /// The range of days the text means: a day, a month, a quarter or a year, by what the form contains.
    ///
    /// # Errors
    /// [`DateError`].
    pub fn read(&self, text: &str) -> Result<Period, DateError> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text.trim(), self.items.iter()).map_err(|error| kind(error.kind()))?;
        range(&parsed)
    }

    /// Finds the form in a file name: a run of digits (`_202403.csv`, `-20240301_`) that begins and ends with it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Period> {
        let mut after_digit = false;
        for (at, c) in name.char_indices() {
            if !after_digit && c.is_alphanumeric() {
                let mut parsed = Parsed::new();
                if let Ok(rest) = parse_and_remainder(&mut parsed, &name[at..], self.items.iter())
                    && !rest.starts_with(|next: char| next.is_ascii_digit())
                    && let Ok(period) = range(&parsed)
                {
                    return Some(period);
                }
            }
            after_digit = c.is_ascii_digit();
        }
        None
    }
}

fn kind(error: ParseErrorKind) -> DateError {
    match error {
        ParseErrorKind::OutOfRange | ParseErrorKind::Impossible => DateError::Impossible,
        _ => DateError::Form,
    }
}

fn range(parsed: &Parsed) -> Result<Period, DateError> {
    let year = parsed
        .year()
        // Two digits: the century of recorded music reports.
        .or_else(|| parsed.year_mod_100().map(|year| if year < 70 { 2000 + year } else { 1900 + year }))
        .ok_or(DateError::Form)?;
    if !YEARS.contains(&year) {
        return Err(DateError::Impossible);
    }
    let months = |first: u32, last: u32| {
        let from = Month::new(year, first).ok_or(DateError::Impossible)?;
        let to = Month::new(year, last).ok_or(DateError::Impossible)?;
        Ok(Period { from: from.first_day(), to: to.last_day() })
    };
    match (parsed.day(), parsed.month(), parsed.quarter()) {
        (Some(day), Some(month), _) => {
            let day = NaiveDate::from_ymd_opt(year, month, day).ok_or(DateError::Impossible)?;
            Ok(Period { from: day, to: day })
        }
        (None, Some(month), _) => months(month, month),
        (None, None, Some(quarter)) => months(quarter * 3 - 2, quarter * 3),
        (None, None, None) => months(1, 12),
        (Some(_), None, _) => Err(DateError::Form),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(form: &str, text: &str) -> Result<String, DateError> {
        DateFormat::new(form).unwrap().read(text).map(|period| format!("{}..{}", period.from, period.to))
    }

    #[test]
    fn reads_the_forms_of_reports() {
        for (form, text, expected) in [
            ("%Y-%m-%d", "2017-10-31", "2017-10-31..2017-10-31"),
            ("%m/%d/%Y", "11/05/2017", "2017-11-05..2017-11-05"),
            ("%m/%d/%Y", "1/6/2020", "2020-01-06..2020-01-06"),
            ("%Y%m%d", "20240301", "2024-03-01..2024-03-01"),
            ("%Y%m", "202402", "2024-02-01..2024-02-29"),
            ("%YM%m", "2017M9", "2017-09-01..2017-09-30"),
            ("%YM%m", "2017M10", "2017-10-01..2017-10-31"),
            ("%B %Y", "October 2024", "2024-10-01..2024-10-31"),
            ("%b-%y", "JUN-25", "2025-06-01..2025-06-30"),
            ("%Y%q", "20252", "2025-04-01..2025-06-30"),
            ("%qQ%Y", "2Q2025", "2025-04-01..2025-06-30"),
            ("%Y", "2023", "2023-01-01..2023-12-31"),
            ("%m/%d/%y %I:%M%p", "1/5/20 10:31am", "2020-01-05..2020-01-05"),
        ] {
            assert_eq!(read(form, text).as_deref(), Ok(expected), "{form} {text}");
        }
    }

    #[test]
    fn tells_impossible_from_misshapen() {
        for (form, text) in [
            ("%Y-%m-%d", "2023-02-30"),
            ("%m/%d/%Y", "13/05/2017"),
            ("%Y%m%d", "00000000"),
            ("%Y-%m-%d", "0202-10-01"),
            ("%Y%q", "20255"),
        ] {
            assert_eq!(read(form, text), Err(DateError::Impossible), "{form} {text}");
        }
        for (form, text) in
            [("%Y-%m-%d", ""), ("%Y-%m-%d", "2023/02/03"), ("%B %Y", "Oktober 2024"), ("%YM%m", "2017M10x")]
        {
            assert_eq!(read(form, text), Err(DateError::Form), "{form} {text}");
        }
        assert!(DateFormat::new("%d.%m.").is_err());
        assert!(DateFormat::new("%Y-%!").is_err());
    }

    #[test]
    fn finds_a_period_in_a_file_name() {
        let month = DateFormat::new("%Y%m").unwrap();
        assert_eq!(month.find("report_202403.csv").unwrap().to.to_string(), "2024-03-31");
        assert_eq!(month.find("S1_80032046_1117.txt"), None);
        assert_eq!(month.find("owner_20240301_asset.csv"), None);
        let day = DateFormat::new("%Y%m%d").unwrap();
        assert_eq!(day.find("YouTube_owner_M_20240301_asset_raw_v1-1.csv").unwrap().from.to_string(), "2024-03-01");
    }
}
