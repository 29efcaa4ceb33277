//! The sums of one import: what was posted, what waits, what was skipped; exactly, per currency.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use formats::report::{BadRow, FileTotals, Mended, ReportLine};
use formats::value::{Exact, ExactSum};
use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ReportId, SuspenseId};
use kernel::limits::REPORT_ERRORS_KEPT;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::validation::Profile;

/// Lines with the same unmatched key and currency.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: SuspenseId,
    pub(super) reason: SuspenseReason,
    pub(super) title: Option<String>,
    pub(super) artist: Option<String>,
    pub(super) amount: Decimal,
    pub(super) rows: i64,
    pub(super) units: i64,
}

/// Posted and waiting amounts of one currency.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) posted: Decimal,
    pub(super) suspense: Decimal,
    pub(super) units: i64,
}

/// What an import has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) posted_rows: i64,
    pub(super) suspense_rows: i64,
    pub(super) sums: BTreeMap<Currency, Sums>,
    pub(super) groups: HashMap<(String, Currency), Group>,
    pub(super) bad: Vec<BadRow>,
    pub(super) mended: Vec<Mended>,
    pub(super) sale: Option<(NaiveDate, NaiveDate)>,
    pub(super) profile: Profile,
}

fn too_large(line: u64) -> Failure {
    Failure::refused(
        "FILE_TOTAL_OUT_OF_RANGE",
        format!("Line {line}: the amounts of the file add up to more than 28 digits hold."),
    )
}

impl Tally {
    fn count(&mut self, line: &ReportLine<'_>) -> Outcome<&mut Sums> {
        self.sale = Some(match self.sale {
            None => (line.sale_from, line.sale_to),
            Some((from, to)) => (from.min(line.sale_from), to.max(line.sale_to)),
        });
        let territory = line.territory.valid().unwrap_or(Territory::UNKNOWN);
        self.profile.add((territory, line.currency), line.amount, line.units).map_err(|_| too_large(line.line_no))?;
        let sums = self.sums.entry(line.currency).or_default();
        sums.units = sums.units.checked_add(line.units).ok_or_else(|| too_large(line.line_no))?;
        Ok(sums)
    }

    /// A matched line, and its item.
    pub(super) fn post(&mut self, line: &ReportLine<'_>, item: Uuid) -> Outcome<()> {
        self.profile.item(item);
        let sums = self.count(line)?;
        sums.posted = decimal::add(sums.posted, line.amount).map_err(|_| too_large(line.line_no))?;
        self.posted_rows += 1;
        Ok(())
    }

    /// An unmatched line, and the group it waits in.
    pub(super) fn suspend(
        &mut self,
        report: ReportId,
        line: &ReportLine<'_>,
        key: &str,
        reason: SuspenseReason,
    ) -> Outcome<SuspenseId> {
        let sums = self.count(line)?;
        sums.suspense = decimal::add(sums.suspense, line.amount).map_err(|_| too_large(line.line_no))?;
        self.suspense_rows += 1;
        let group = self.groups.entry((key.to_owned(), line.currency)).or_insert_with(|| Group {
            id: suspense_id(report, key, line.currency),
            reason,
            title: line.title.map(str::to_owned),
            artist: line.artist.map(str::to_owned),
            amount: Decimal::ZERO,
            rows: 0,
            units: 0,
        });
        group.amount = decimal::add(group.amount, line.amount).map_err(|_| too_large(line.line_no))?;
        group.rows += 1;
        group.units = group.units.checked_add(line.units).ok_or_else(|| too_large(line.line_no))?;
        Ok(group.id)
    }

    /// Unreadable rows: kept verbatim up to a limit, counted beyond.
    pub(super) fn keep_bad(&mut self, rows: Vec<BadRow>) {
        let room = usize::try_from(REPORT_ERRORS_KEPT).unwrap_or(usize::MAX).saturating_sub(self.bad.len());
        self.bad.extend(rows.into_iter().take(room));
    }

    /// Rows that rules have mended: kept up to the same limit, beside the lines that they became.
    pub(super) fn keep_mended(&mut self, rows: Vec<Mended>) {
        let room = usize::try_from(REPORT_ERRORS_KEPT).unwrap_or(usize::MAX).saturating_sub(self.mended.len());
        self.mended.extend(rows.into_iter().take(room));
    }
}

/// The id of a group follows from what it is, so that an import that is taken up again after its lines were
/// written finds the same ids.
fn suspense_id(report: ReportId, key: &str, currency: Currency) -> SuspenseId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(report.uuid().as_bytes());
    hasher.update(currency.code().as_bytes());
    hasher.update(key.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    // The time of the report leads, so that groups sort by age as all ids do.
    bytes[..6].copy_from_slice(&report.uuid().as_bytes()[..6]);
    SuspenseId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// One row of `report_total`, as exact texts.
#[derive(Debug)]
pub(super) struct Total {
    pub(super) currency: Currency,
    pub(super) total: String,
    pub(super) posted: Decimal,
    pub(super) suspense: Decimal,
    pub(super) skipped: String,
    pub(super) cut: String,
    pub(super) units: i64,
}

/// One row of `report_skip`.
#[derive(Debug)]
pub(super) struct Skip {
    pub(super) reason: String,
    pub(super) currency: Option<Currency>,
    pub(super) rows: i64,
    pub(super) amount: String,
}

fn exact(amount: Decimal) -> Exact {
    Exact { mantissa: amount.mantissa(), scale: amount.scale() }
}

/// The totals of the file beside the tally, checked: posted + suspense + skipped + cut is the file.
pub(super) fn totals(tally: &Tally, file: &FileTotals) -> Outcome<Vec<Total>> {
    let mut rows = Vec::new();
    for (currency, whole) in file.everything() {
        let mut skipped = ExactSum::default();
        for other in file.skipped.values().chain([&file.bad]) {
            if let Some(sum) = other.amounts.get(&currency) {
                skipped.merge(sum);
            }
        }
        let none = Sums::default();
        let sums = tally.sums.get(&currency).unwrap_or(&none);
        let cut = file
            .amounts
            .iter()
            .find(|total| total.currency == currency)
            .map_or_else(|| ExactSum::default().total(), formats::report::CurrencyTotal::cut);
        let mut kept = ExactSum::default();
        kept.add(exact(sums.posted));
        kept.add(exact(sums.suspense));
        let rest = whole.minus(&kept) - skipped.total() - &cut;
        if rest != ExactSum::default().total() {
            return Err(Failure::internal(format!("import does not conserve {currency}: {rest} is missing")));
        }
        rows.push(Total {
            currency,
            total: whole.to_string(),
            posted: sums.posted,
            suspense: sums.suspense,
            skipped: skipped.to_string(),
            cut: cut.to_plain_string(),
            units: sums.units,
        });
    }
    Ok(rows)
}

/// Rows that are no revenue, by reason and currency. Rows without an amount count with an empty currency.
pub(super) fn skips(file: &FileTotals) -> Vec<Skip> {
    let bad = [("UNREADABLE_ROW", &file.bad)];
    let skipped = file.skipped.iter().map(|(reason, rows)| (&**reason, rows));
    let mut out = Vec::new();
    for (reason, rows) in skipped.chain(bad).filter(|(_, rows)| rows.rows > 0) {
        let count = i64::try_from(rows.rows).unwrap_or(i64::MAX);
        // Rows are counted once, beside the first currency they carry.
        let mut counted = false;
        for (currency, sum) in &rows.amounts {
            let rows = if counted { 0 } else { count };
            out.push(Skip { reason: reason.to_owned(), currency: Some(*currency), rows, amount: sum.to_string() });
            counted = true;
        }
        if !counted {
            out.push(Skip { reason: reason.to_owned(), currency: None, rows: count, amount: "0".to_owned() });
        }
    }
    out
}
