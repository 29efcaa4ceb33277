//! Whether a statement adds up. Pure; every form is written only from a document that passed.

use std::collections::BTreeSet;
use std::ops::Deref;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::canonical;
use super::model::{EarlierLine, Outlook, SectionKind, StatementDocument};

/// Something in a statement that does not hold. `place` names the part and line, `column` the figure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// A text that must be there is empty.
    #[error("{field} is empty")]
    Empty {
        /// Name of the field.
        field: &'static str,
    },
    /// The period ends before it begins.
    #[error("the period ends on {to}, before it begins on {from}")]
    PeriodReversed {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// An amount has more decimals than the currency.
    #[error("{place}: {amount} has more than {exponent} decimals")]
    TooPrecise {
        /// Where the amount stands.
        place: String,
        /// The amount.
        amount: Decimal,
        /// Decimals of the currency.
        exponent: u32,
    },
    /// Amounts too large to add.
    #[error("{place}: the amounts are too large to add up")]
    Overflow {
        /// Where they stand.
        place: String,
    },
    /// `closing = opening + royalties − costs + released − taken + adjustments − payments − tax` does not hold.
    #[error("the statement closes with {stated}, but its figures give {expected}")]
    Identity {
        /// What the other figures give.
        expected: Decimal,
        /// What the statement says.
        stated: Decimal,
    },
    /// The lines of a part do not add up to what the statement says elsewhere.
    #[error("{place}: {column} adds up to {actual}, expected {expected}")]
    Sum {
        /// The part.
        place: &'static str,
        /// The figure.
        column: &'static str,
        /// What it must add up to.
        expected: Decimal,
        /// What its lines give.
        actual: Decimal,
    },
    /// A line's closing balance does not follow from its other figures.
    #[error("{place}: closes with {stated}, but its figures give {expected}")]
    Line {
        /// The part and the contract.
        place: String,
        /// What its figures give.
        expected: Decimal,
        /// What it says.
        stated: Decimal,
    },
    /// Two sections split by the same key.
    #[error("section {0:?} appears twice")]
    RepeatedSection(SectionKind),
}

/// A statement that passed [`check`], with its amounts brought to the currency's exponent and its content hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedStatement {
    document: StatementDocument,
    hash: [u8; 32],
}

impl CheckedStatement {
    /// Checks a document. All errors found are returned, not only the first.
    pub fn new(document: StatementDocument) -> Result<Self, Vec<CheckError>> {
        check(&document)?;
        let document = canonical::normalised(&document);
        let hash = canonical::hash_normalised(&document);
        Ok(Self { document, hash })
    }

    /// The content hash, see [`super::content_hash`].
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The content hash as 64 hexadecimal digits.
    pub fn hash_hex(&self) -> String {
        blake3::Hash::from_bytes(self.hash).to_hex().to_string()
    }
}

impl Deref for CheckedStatement {
    type Target = StatementDocument;

    fn deref(&self) -> &StatementDocument {
        &self.document
    }
}

/// Checks that a statement adds up:
///
/// - the statement identity;
/// - contracts and every section add up to the royalties, sections agree in units and net receipts;
/// - recoupment, reserves, adjustments, payments and taxes add up to their figure of the identity, and each line of a
///   sub-ledger closes as its own figures say;
/// - no amount has more decimals than the currency; number, names and currency are there; the period runs forwards.
pub fn check(document: &StatementDocument) -> Result<(), Vec<CheckError>> {
    let mut found = Findings { exponent: document.exponent, errors: Vec::new() };
    found.form(document);
    found.identity(document);
    found.contracts_and_sections(document);
    found.sub_ledgers(document);
    found.comparison(document);
    if found.errors.is_empty() { Ok(()) } else { Err(found.errors) }
}

struct Findings {
    exponent: u32,
    errors: Vec<CheckError>,
}

impl Findings {
    fn form(&mut self, document: &StatementDocument) {
        let texts = [
            ("number", &document.number),
            ("currency", &document.currency),
            ("issuer name", &document.issuer.name),
            ("payee name", &document.payee.name),
        ];
        for (field, text) in texts {
            if text.trim().is_empty() {
                self.errors.push(CheckError::Empty { field });
            }
        }
        let (from, to) = (document.period_from, document.period_to);
        if to < from {
            self.errors.push(CheckError::PeriodReversed { from, to });
        }
    }

    fn identity(&mut self, document: &StatementDocument) {
        let identity = &document.identity;
        let figures = [
            ("opening", identity.opening),
            ("royalties", identity.royalties),
            ("costs", identity.costs),
            ("reserves released", identity.reserves_released),
            ("reserves taken", identity.reserves_taken),
            ("adjustments", identity.adjustments),
            ("payments", identity.payments),
            ("tax", identity.tax),
            ("closing", identity.closing),
        ];
        for (name, amount) in figures {
            self.precise(amount, || format!("identity, {name}"));
        }
        if let Outlook::BelowThreshold(threshold) = document.outlook {
            self.precise(threshold, || "outlook, threshold".into());
        }
        match identity.expected_closing() {
            None => self.errors.push(CheckError::Overflow { place: "identity".into() }),
            Some(expected) if expected != identity.closing => {
                self.errors.push(CheckError::Identity { expected, stated: identity.closing });
            }
            Some(_) => {}
        }
    }

    fn contracts_and_sections(&mut self, document: &StatementDocument) {
        let royalties = document.identity.royalties;
        for line in &document.contracts {
            self.precise(line.royalty, || format!("contracts, {}", line.title));
        }
        self.sum("contracts", "royalty", royalties, document.contracts.iter().map(|line| line.royalty));

        let mut seen = BTreeSet::new();
        let mut first: Option<(i128, Decimal)> = None;
        for section in &document.sections {
            let place = section.kind.key();
            if !seen.insert(section.kind) {
                self.errors.push(CheckError::RepeatedSection(section.kind));
            }
            for row in &section.rows {
                self.precise(row.net_receipts, || format!("{place}, {}", row.label));
                self.precise(row.royalty, || format!("{place}, {}", row.label));
            }
            self.sum(place, "royalty", royalties, section.rows.iter().map(|row| row.royalty));

            // Units cannot overflow: an i128 holds the sum of 2^64 lines of i64.
            let units: i128 = section.rows.iter().map(|row| i128::from(row.units)).sum();
            let Some(receipts) = total(section.rows.iter().map(|row| row.net_receipts)) else {
                self.errors.push(CheckError::Overflow { place: place.into() });
                continue;
            };
            let (first_units, first_receipts) = *first.get_or_insert((units, receipts));
            if receipts != first_receipts {
                let (expected, actual) = (first_receipts, receipts);
                self.errors.push(CheckError::Sum { place, column: "net receipts", expected, actual });
            }
            if units != first_units {
                let as_decimal = |count: i128| Decimal::try_from_i128_with_scale(count, 0).unwrap_or_default();
                let (expected, actual) = (as_decimal(first_units), as_decimal(units));
                self.errors.push(CheckError::Sum { place, column: "units", expected, actual });
            }
        }
    }

    fn sub_ledgers(&mut self, document: &StatementDocument) {
        let identity = &document.identity;
        for line in &document.recoupment {
            let place = || format!("recoupment, {}, {}", line.contract, line.kind);
            let expected = line.opening.checked_add(line.added).and_then(|sum| sum.checked_sub(line.recouped));
            for amount in [line.opening, line.added, line.recouped, line.closing] {
                self.precise(amount, place);
            }
            self.closes(expected, line.closing, place);
        }
        self.sum("recoupment", "recouped", identity.costs, document.recoupment.iter().map(|line| line.recouped));

        for line in &document.reserves {
            let place = || format!("reserves, {}", line.contract);
            let expected = line.opening.checked_add(line.taken).and_then(|sum| sum.checked_sub(line.released));
            for amount in [line.opening, line.taken, line.released, line.closing] {
                self.precise(amount, place);
            }
            self.closes(expected, line.closing, place);
        }
        self.sum("reserves", "taken", identity.reserves_taken, document.reserves.iter().map(|line| line.taken));
        let released = document.reserves.iter().map(|line| line.released);
        self.sum("reserves", "released", identity.reserves_released, released);

        for line in &document.adjustments {
            self.precise(line.amount, || format!("adjustments, {}", line.reason));
        }
        self.sum("adjustments", "amount", identity.adjustments, document.adjustments.iter().map(|line| line.amount));
        for line in &document.payments {
            self.precise(line.amount, || format!("payments, {}", line.reference));
        }
        self.sum("payments", "amount", identity.payments, document.payments.iter().map(|line| line.amount));
        for line in &document.taxes {
            self.precise(line.base, || format!("taxes, {}", line.label));
            self.precise(line.amount, || format!("taxes, {}", line.label));
        }
        self.sum("taxes", "amount", identity.tax, document.taxes.iter().map(|line| line.amount));
    }

    fn comparison(&mut self, document: &StatementDocument) {
        for line in &document.earlier {
            for amount in [line.royalty, line.paid, line.closing] {
                self.precise(amount, || format!("earlier, {}", line.number));
            }
        }
        let changes = document.earlier.windows(2).map(|pair| (&pair[1], Some(pair[0].royalty)));
        for (line, before) in document.earlier.first().map(|line| (line, None)).into_iter().chain(changes) {
            let expected = before.and_then(|before| EarlierLine::change_from(before, line.royalty));
            if line.change != expected {
                let (expected, stated) = (expected.unwrap_or_default(), line.change.unwrap_or_default());
                self.errors.push(CheckError::Line { place: format!("earlier, {}, change", line.number), expected, stated });
            }
        }
        let identity = &document.identity;
        if let Some(last) = document.earlier.last() {
            for (column, expected, actual) in [
                ("royalty", identity.royalties, last.royalty),
                ("paid", identity.payments, last.paid),
                ("closing", identity.closing, last.closing),
            ] {
                if expected != actual {
                    self.errors.push(CheckError::Sum { place: "earlier", column, expected, actual });
                }
            }
        }
        for line in &document.suspense {
            if line.currency.trim().is_empty() {
                self.errors.push(CheckError::Empty { field: "currency of money that waits" });
            }
        }
    }

    fn precise(&mut self, amount: Decimal, place: impl Fn() -> String) {
        if amount.normalize().scale() > self.exponent {
            self.errors.push(CheckError::TooPrecise { place: place(), amount, exponent: self.exponent });
        } else if !fits(amount, self.exponent) {
            self.errors.push(CheckError::Overflow { place: place() });
        }
    }

    fn sum(
        &mut self,
        place: &'static str,
        column: &'static str,
        expected: Decimal,
        amounts: impl Iterator<Item = Decimal>,
    ) {
        match total(amounts) {
            None => self.errors.push(CheckError::Overflow { place: place.into() }),
            Some(actual) if actual != expected => {
                self.errors.push(CheckError::Sum { place, column, expected, actual });
            }
            Some(_) => {}
        }
    }

    fn closes(&mut self, expected: Option<Decimal>, stated: Decimal, place: impl Fn() -> String) {
        match expected {
            None => self.errors.push(CheckError::Overflow { place: place() }),
            Some(expected) if expected != stated => {
                self.errors.push(CheckError::Line { place: place(), expected, stated });
            }
            Some(_) => {}
        }
    }
}

/// Whether the amount can be written with that many decimals.
fn fits(amount: Decimal, exponent: u32) -> bool {
    let mut scaled = amount;
    scaled.rescale(exponent);
    scaled.scale() == exponent
}

/// Sum of amounts, or `None` when it leaves the range of a decimal.
pub(super) fn total(mut amounts: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    amounts.try_fold(Decimal::ZERO, Decimal::checked_add)
}
