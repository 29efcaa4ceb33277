//! Whose turn it is: pure.

use kernel::period::Month;

use crate::rights::Calendar;

/// Months of one period of a calendar.
const fn months(calendar: Calendar) -> u32 {
    match calendar {
        Calendar::Monthly => 1,
        Calendar::Quarterly => 3,
        Calendar::HalfYearly => 6,
    }
}

/// The calendars with a period that ends with this month. Quarters and half years count from the month in which the
/// accounting year begins, 1 to 12.
pub(super) fn ending(month: Month, year_start: u32) -> Vec<Calendar> {
    use chrono::Datelike;
    // With a year from April, March is its twelfth month: (3 + 12 − 4) mod 12 + 1.
    let in_year = (month.first_day().month() + 12 - year_start) % 12 + 1;
    let ends = |calendar: &Calendar| in_year.is_multiple_of(months(*calendar));
    [Calendar::Monthly, Calendar::Quarterly, Calendar::HalfYearly].into_iter().filter(ends).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quarters_and_half_years_end_by_the_accounting_year() {
        let ending = |month, start| ending(Month::new(2026, month).unwrap(), start);
        use Calendar::{HalfYearly, Monthly, Quarterly};
        assert_eq!(ending(1, 1), [Monthly]);
        assert_eq!(ending(3, 1), [Monthly, Quarterly]);
        assert_eq!(ending(6, 1), [Monthly, Quarterly, HalfYearly]);
        assert_eq!(ending(12, 1), [Monthly, Quarterly, HalfYearly]);
        // A year from February: its quarters end in April, July, October and January.
        assert_eq!(ending(3, 2), [Monthly]);
        assert_eq!(ending(4, 2), [Monthly, Quarterly]);
        assert_eq!(ending(7, 2), [Monthly, Quarterly, HalfYearly]);
        assert_eq!(ending(1, 2), [Monthly, Quarterly, HalfYearly]);
    }
}
