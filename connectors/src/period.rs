//! Months that are asked for, and the words that stand for them in the settings.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

/// A month that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    first: NaiveDate,
}

impl Period {
    /// The last `count` full months, oldest first.
    pub(crate) fn last(count: u32, now: DateTime<Utc>) -> Vec<Self> {
        let present = now.date_naive().with_day(1).unwrap_or(now.date_naive());
        (1..=count)
            .rev()
            .filter_map(|back| present.checked_sub_months(Months::new(back)))
            .map(|first| Self { first })
            .collect()
    }

    /// The month of a text that [`Period::name`] gave.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        NaiveDate::parse_from_str(&format!("{name}-01"), "%Y-%m-%d").ok().map(|first| Self { first })
    }

    /// `2026-01`.
    pub(crate) fn name(self) -> String {
        self.first.format("%Y-%m").to_string()
    }

    /// Puts the month into a text: `{period}`, `{from}`, `{to}`.
    pub(crate) fn fill(self, text: &str) -> String {
        let last = self.first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(self.first);
        text.replace("{period}", &self.name())
            .replace("{from}", &self.first.to_string())
            .replace("{to}", &last.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_months_back_across_the_year() {
        let now = DateTime::parse_from_rfc3339("2026-02-28T23:00:00Z").map(|now| now.with_timezone(&Utc));
        let months = Period::last(3, now.unwrap_or_default());
        let names: Vec<String> = months.iter().map(|month| month.name()).collect();
        assert_eq!(names, ["2025-11", "2025-12", "2026-01"]);
        assert_eq!(months[0].fill("{period} {from} {to}"), "2025-11 2025-11-01 2025-11-30");
        assert_eq!(Period::parse("2025-11"), Some(months[0]));
        assert_eq!(Period::parse("2025-13"), None);
    }
}
