//! The comparisons, pure: a report beside what is expected of it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::expectation::Expectation;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a check looked at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingKind { $($(#[$doc])* $name,)* }

        impl FindingKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    /// A total that the file states about itself.
    ControlTotal = "CONTROL_TOTAL";
    /// Rows that could not be read.
    UnreadableRows = "UNREADABLE_ROWS";
    /// An expected territory has no line.
    TerritoryMissing = "TERRITORY_MISSING";
    /// A territory that is not expected has lines.
    TerritoryUnexpected = "TERRITORY_UNEXPECTED";
    /// An expected currency has no line.
    CurrencyMissing = "CURRENCY_MISSING";
    /// A currency that is not expected has lines.
    CurrencyUnexpected = "CURRENCY_UNEXPECTED";
    /// The number of lines.
    RowCount = "ROW_COUNT";
    /// The amount of a currency.
    Amount = "AMOUNT";
    /// Items that every earlier report had have no line.
    ItemsMissing = "ITEMS_MISSING";
    /// Items that no earlier report had have lines.
    ItemsUnexpected = "ITEMS_UNEXPECTED";
    /// There is nothing to compare with yet.
    NoHistory = "NO_HISTORY";
}

/// How much somebody should look at a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Passed,
    /// Good to know.
    Note,
    /// Unusual: somebody should look.
    Warning,
}

impl Severity {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Note => "NOTE",
            Self::Warning => "WARNING",
        }
    }
}

/// What a check has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: FindingKind,
    pub(super) severity: Severity,
    pub(super) subject: String,
    pub(super) expected: Option<String>,
    pub(super) found: Option<String>,
    pub(super) message: String,
    pub(super) details: Vec<String>,
}

impl Found {
    pub(super) fn new(kind: FindingKind, severity: Severity, subject: impl Into<String>, message: String) -> Self {
        let (expected, found, details) = (None, None, Vec::new());
        Self { kind, severity, subject: subject.into(), expected, found, message, details }
    }

    pub(super) fn against(self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), found: Some(found.into()), ..self }
    }
}

/// The figures of one report that are compared.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    pub(super) rows: i64,
    pub(super) territories: BTreeSet<String>,
    /// Posted and waiting money by currency.
    pub(super) amounts: BTreeMap<String, Decimal>,
}

/// Compares a report with what is expected, and with the reports before it, newest first.
pub(super) fn compare(report: &Figures, before: &[Figures], expected: &Expectation) -> Vec<Found> {
    let mut found = Vec::new();
    territories(report, before, expected, &mut found);
    currencies(report, before, expected, &mut found);
    rows(report, before, expected, &mut found);
    amounts(report, before, expected, &mut found);
    let stated = expected.territories.is_some() && expected.currencies.is_some() && expected.rows.is_some();
    if before.is_empty() && !stated {
        let message = "No earlier report of this source is there to compare with: look at the figures once yourself.";
        found.push(Found::new(FindingKind::NoHistory, Severity::Note, "", message.to_owned()));
    }
    found
}

fn sorted(list: &[String]) -> BTreeSet<String> {
    list.iter().cloned().collect()
}

/// Missing is what every earlier report had; unexpected is what none had. What comes and goes is neither.
fn learned(before: &[BTreeSet<String>]) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let first = before.first()?.clone();
    let always = before.iter().skip(1).fold(first, |all, one| all.intersection(one).cloned().collect());
    Some((always, before.iter().flatten().cloned().collect()))
}

fn territories(report: &Figures, before: &[Figures], expected: &Expectation, found: &mut Vec<Found>) {
    let history: Vec<BTreeSet<String>> = before.iter().map(|one| one.territories.clone()).collect();
    let stated = expected.territories.as_deref().map(|list| (sorted(list), sorted(list)));
    let Some((always, ever)) = stated.or_else(|| learned(&history)) else { return };
    for missing in always.difference(&report.territories) {
        let message =
            format!("No line is from {missing}, where the source reports from. Ask whether a part is missing.");
        found.push(Found::new(FindingKind::TerritoryMissing, Severity::Warning, missing, message));
    }
    for new in report.territories.difference(&ever) {
        let message = format!("Lines are from {new}, where the source did not report from before.");
        found.push(Found::new(FindingKind::TerritoryUnexpected, Severity::Warning, new, message));
    }
}

fn currencies(report: &Figures, before: &[Figures], expected: &Expectation, found: &mut Vec<Found>) {
    let of = |one: &Figures| one.amounts.keys().cloned().collect::<BTreeSet<String>>();
    let history: Vec<BTreeSet<String>> = before.iter().map(of).collect();
    let stated = expected.currencies.as_deref().map(|list| (sorted(list), sorted(list)));
    let Some((always, ever)) = stated.or_else(|| learned(&history)) else { return };
    let there = of(report);
    for missing in always.difference(&there) {
        let message = format!("No line is in {missing}, in which the source reports.");
        found.push(Found::new(FindingKind::CurrencyMissing, Severity::Warning, missing, message));
    }
    for new in there.difference(&ever) {
        let message =
            format!("Lines are in {new}, in which the source did not report before. Check the currency column.");
        found.push(Found::new(FindingKind::CurrencyUnexpected, Severity::Warning, new, message));
    }
}

fn rows(report: &Figures, before: &[Figures], expected: &Expectation, found: &mut Vec<Found>) {
    let rows = Decimal::from(report.rows);
    let range = expected.rows.map(|(from, to)| (Decimal::from(from), Decimal::from(to))).or_else(|| {
        let counts: Vec<Decimal> = before.iter().map(|one| Decimal::from(one.rows)).collect();
        around(&counts, expected.row_tolerance)
    });
    let Some((low, high)) = range else { return };
    let whole = |number: Decimal| number.to_i64().unwrap_or(i64::MAX);
    let (low, high) = (whole(low.ceil()), whole(high.floor()));
    let is_usual = (Decimal::from(low)..=Decimal::from(high)).contains(&rows);
    let (severity, message) = if is_usual {
        (Severity::Passed, "The number of rows is as expected.".to_owned())
    } else {
        let what = if report.rows < low { "fewer" } else { "more" };
        (
            Severity::Warning,
            format!("The file has {what} rows than expected: ask whether it is complete, and only this period."),
        )
    };
    let finding = Found::new(FindingKind::RowCount, severity, "", message);
    found.push(finding.against(format!("{low} to {high}"), report.rows.to_string()));
}

fn amounts(report: &Figures, before: &[Figures], expected: &Expectation, found: &mut Vec<Found>) {
    for (currency, amount) in &report.amounts {
        let history: Vec<Decimal> = before.iter().filter_map(|one| one.amounts.get(currency).copied()).collect();
        let Some((low, high)) = around(&history, expected.amount_tolerance) else { continue };
        let is_usual = (low..=high).contains(amount);
        let (severity, message) = if is_usual {
            (Severity::Passed, format!("The amount in {currency} is as expected."))
        } else {
            let what = if *amount < low { "less" } else { "more" };
            (Severity::Warning, format!("The file brings {what} {currency} than the reports before it let expect."))
        };
        let shown =
            |amount: Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven).to_string();
        let finding = Found::new(FindingKind::Amount, severity, currency, message);
        found.push(finding.against(format!("{} to {}", shown(low), shown(high)), shown(*amount)));
    }
}

/// The mean, and so much below and above it; none without history or beyond what a decimal holds.
fn around(history: &[Decimal], tolerance: Decimal) -> Option<(Decimal, Decimal)> {
    let sum = history.iter().try_fold(Decimal::ZERO, |sum, one| sum.checked_add(*one))?;
    let mean = sum.checked_div(Decimal::from(history.len()))?;
    let away = mean.abs().checked_mul(tolerance)?;
    Some((mean.checked_sub(away)?, mean.checked_add(away)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rows: i64, territories: &[&str], amount: i64) -> Figures {
        Figures {
            rows,
            territories: territories.iter().map(|text| (*text).to_owned()).collect(),
            amounts: BTreeMap::from([("EUR".to_owned(), Decimal::from(amount))]),
        }
    }

    fn warnings(found: &[Found]) -> Vec<(FindingKind, &str)> {
        found.iter().filter(|one| one.severity == Severity::Warning).map(|one| (one.kind, &*one.subject)).collect()
    }

    #[test]
    fn a_usual_report_passes_and_an_unusual_one_says_where() {
        // Means of the three: 100 rows, 200 EUR; half of it more or less is 50 to 150 rows, 100 to 300 EUR.
        let before =
            [figures(90, &["DE", "US"], 180), figures(110, &["DE", "US", "SE"], 220), figures(100, &["DE", "US"], 200)];
        let usual = Expectation::default();
        let found = compare(&figures(120, &["DE", "US"], 210), &before, &usual);
        assert_eq!(warnings(&found), []);
        let rows = found.iter().find(|one| one.kind == FindingKind::RowCount);
        assert_eq!(rows.and_then(|one| one.expected.as_deref()), Some("50 to 150"));

        let found = compare(&figures(40, &["DE", "JP"], 301), &before, &usual);
        assert_eq!(
            warnings(&found),
            [
                (FindingKind::TerritoryMissing, "US"),
                (FindingKind::TerritoryUnexpected, "JP"),
                (FindingKind::RowCount, ""),
                (FindingKind::Amount, "EUR"),
            ]
        );
    }

    #[test]
    fn what_comes_and_goes_is_neither_missing_nor_unexpected() {
        let before = [figures(100, &["DE"], 200), figures(100, &["DE", "SE"], 200)];
        for territories in [&["DE", "SE"][..], &["DE"]] {
            assert_eq!(warnings(&compare(&figures(100, territories, 200), &before, &Expectation::default())), []);
        }
    }

    #[test]
    fn what_is_stated_goes_before_history() {
        let stated = Expectation {
            territories: Some(vec!["DE".to_owned(), "AT".to_owned()]),
            currencies: Some(vec!["CHF".to_owned()]),
            rows: Some((1, 10)),
            ..Expectation::default()
        };
        let found = compare(&figures(11, &["DE"], 5), &[], &stated);
        assert_eq!(
            warnings(&found),
            [
                (FindingKind::TerritoryMissing, "AT"),
                (FindingKind::CurrencyMissing, "CHF"),
                (FindingKind::CurrencyUnexpected, "EUR"),
                (FindingKind::RowCount, ""),
            ]
        );
        assert!(found.iter().all(|one| one.kind != FindingKind::NoHistory), "everything was stated");
    }

    #[test]
    fn the_first_report_has_nothing_to_be_compared_with() {
        let found = compare(&figures(5, &["DE"], 5), &[], &Expectation::default());
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [FindingKind::NoHistory]);
    }

    #[test]
    fn a_mean_of_returns_has_a_range_too() {
        // The mean is -10; half of it is 5: from -15 to -5.
        assert_eq!(around(&[Decimal::from(-10)], Decimal::new(5, 1)), Some((Decimal::from(-15), Decimal::from(-5))));
    }
}
