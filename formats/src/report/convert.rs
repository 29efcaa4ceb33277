//! From a record to a line: every cell read as what its layout says it is, every fault named.

use kernel::codes::{Isrc, Iswc, RevenueType, Upc};
use kernel::currency::Currency;
use kernel::period::Period;
use kernel::territory::Territory;
use rust_decimal::Decimal;

use super::batch::Batch;
use super::error::{Problem, RowCode};
use super::line::{Coded, Line};
use super::memo::Memo;
use super::plan::{Date, Number, Plan, SalePeriod};
use crate::layout::spec::{EmptyNumber, ReturnSign};
use crate::source::Record;
use crate::value::{AmountError, DateError, Exact, NumberFormat};

/// A line's money as the file has it and as the line keeps it.
pub(super) struct Booked {
    pub(super) currency: Currency,
    pub(super) exact: Exact,
    pub(super) kept: Exact,
    pub(super) units: i64,
}

/// Reads rows by a plan. Remembers what cells said last.
pub(super) struct Converter {
    pub(super) plan: Plan,
    pub(super) numbers: NumberFormat,
    /// Column names as the file's header has them.
    pub(super) header: Vec<String>,
    pub(super) problems: Vec<Problem>,
    currencies: Memo<Option<Currency>>,
    territories: Memo<Option<Territory>>,
    starts: Memo<Result<Period, DateError>>,
    ends: Memo<Result<Period, DateError>>,
    statements: Memo<Result<Period, DateError>>,
    kinds: Memo<RevenueType>,
    key: String,
}

impl Converter {
    pub(super) fn new(plan: Plan, numbers: NumberFormat, header: Vec<String>) -> Self {
        Self {
            plan,
            numbers,
            header,
            problems: Vec::new(),
            currencies: Memo::default(),
            territories: Memo::default(),
            starts: Memo::default(),
            ends: Memo::default(),
            statements: Memo::default(),
            kinds: Memo::default(),
            key: String::new(),
        }
    }

    /// The amount and currency of a row that is not booked as a line, where they can be read.
    pub(super) fn amount_of(&self, record: &Record<'_>) -> Option<(Exact, Currency)> {
        let currency = Currency::parse(self.plan.currency.get(record)?).ok()?;
        sum(&self.plan.amount, &self.numbers, record).ok().flatten().map(|sum| (sum, currency))
    }

    /// Whether the row repeats the header, as files glued together do.
    pub(super) fn is_header(&self, record: &Record<'_>) -> bool {
        let mut cells = record.cells();
        record.len() >= self.header.len() && self.header.iter().all(|name| cells.next() == Some(name.as_str()))
    }

    /// Reads a row and puts its line into the batch. `None` when there are problems, which then are in `problems`.
    pub(super) fn convert(&mut self, record: &Record<'_>, batch: &mut Batch) -> Option<Booked> {
        let mut faults = Faults { header: &self.header, found: &mut self.problems };
        let plan = &self.plan;

        let units = plan.units.as_ref().map_or(0, |rule| read_units(rule, &self.numbers, record, &mut faults));
        let amount = read_amount(&plan.amount, &self.numbers, record, units, &mut faults);
        let currency = match plan.currency.get(record) {
            Some(text) => {
                let currency = self.currencies.get(text, || Currency::parse(text).ok());
                if currency.is_none() {
                    faults.add(plan.currency.cells.first(), "currency", RowCode::CurrencyUnknown, |_| {
                        format!("`{text}` is not a currency of ISO 4217")
                    });
                }
                currency
            }
            None => {
                faults
                    .add(plan.currency.cells.first(), "currency", RowCode::CurrencyMissing, |_| "is empty".to_owned());
                None
            }
        };
        let sale = match &plan.sale {
            SalePeriod::One(date) => read_date(date, record, "sale period", &mut self.starts, &mut faults),
            SalePeriod::Range(start, end) => {
                let from = read_date(start, record, "sale_from", &mut self.starts, &mut faults);
                let to = read_date(end, record, "sale_to", &mut self.ends, &mut faults);
                from.zip(to).and_then(|(from, to)| {
                    let period = Period::new(from.from, to.to);
                    if period.is_none() {
                        faults.add(end.cells.first(), "sale_to", RowCode::PeriodReversed, |_| {
                            format!("the sale period ends {} before it begins {}", to.to, from.from)
                        });
                    }
                    period
                })
            }
        };
        let statement = plan
            .statement
            .as_ref()
            .filter(|date| date.fixed.is_some() || date.cells.iter().any(|cell| !record.cell(*cell).is_empty()))
            .and_then(|date| read_date(date, record, "statement period", &mut self.statements, &mut faults));
        let platform = plan.platform.get(record);
        if platform.is_none() {
            faults.add(plan.platform.cells.first(), "platform", RowCode::PlatformMissing, |_| "is empty".to_owned());
        }

        let flagged = plan.returns.as_ref().filter(|(check, _)| check.holds(record)).map(|(_, sign)| *sign);
        let force = flagged.is_some_and(|sign| sign != ReturnSign::AsGiven);
        let units_too = flagged == Some(ReturnSign::ForceNegative);
        let exact = amount.map(|amount| if force { amount.negative() } else { amount });
        // A flagged number may be negative already: it is never negated a second time.
        let units = if units_too && units > 0 { -units } else { units };
        let is_return = flagged.is_some() || units < 0 || exact.is_some_and(|exact| exact.mantissa < 0);

        let gross = plan.gross.as_ref().and_then(|(rule, own)| {
            let number = read_gross(rule, &self.numbers, record, units, &mut faults)?;
            let number = match (rule.per_unit, is_return, force) {
                // Price × units: both may be negative, the product has the sign of the sale.
                (true, true, _) | (false, _, true) => number.negative(),
                (true, false, _) => number.positive(),
                (false, _, false) => number,
            };
            let code = own.as_ref().and_then(|own| own.get(record));
            let gross_currency = match code {
                Some(code) => self.currencies.get(code, || Currency::parse(code).ok()),
                None => currency,
            };
            if let (Some(code), None) = (code, gross_currency) {
                let cell = own.as_ref().and_then(|own| own.cells.first());
                faults.add(cell, "gross currency", RowCode::CurrencyUnknown, |_| {
                    format!("`{code}` is not a currency of ISO 4217")
                });
            }
            Some((number.kept()?.to_decimal()?, gross_currency?))
        });
        let kept: Option<(Exact, Decimal)> =
            exact.and_then(Exact::kept).and_then(|kept| kept.to_decimal().map(|decimal| (kept, decimal)));
        if exact.is_some() && kept.is_none() {
            faults.add(plan.amount.cells.first(), "amount", RowCode::AmountTooLarge, |text| {
                format!("`{text}` is more than can be booked")
            });
        }

        let (Some(exact), Some((kept, decimal)), Some(currency), Some(sale), Some(platform), true) =
            (exact, kept, currency, sale, platform, faults.found.is_empty())
        else {
            return None;
        };
        let line = Line {
            line_no: record.line,
            platform,
            revenue_type: {
                self.key.clear();
                for cell in &plan.revenue_type.cells {
                    self.key.push_str(record.cell(*cell));
                    self.key.push('\u{1f}');
                }
                self.kinds.get(&self.key, || plan.revenue_type.classify(record))
            },
            isrc: coded(plan.isrc.get(record), |text| Isrc::parse(text).ok()),
            upc: coded(plan.upc.get(record), |text| Upc::parse(text).ok()),
            iswc: coded(plan.iswc.get(record), |text| Iswc::parse(text).ok()),
            source_item_key: plan.source_item_key.get(record),
            title: plan.title.get(record),
            artist: plan.artist.get(record),
            release_title: plan.release_title.get(record),
            territory: coded(plan.territory.get(record), |text| self.territories.get(text, || territory(text))),
            currency,
            amount: decimal,
            gross,
            units,
            sale_from: sale.from,
            sale_to: sale.to,
            statement,
            configuration: plan.configuration.get(record),
            is_return,
        };
        batch.push(&line, plan.metadata.iter().map(|cell| cell.map(|cell| record.cell(cell)).unwrap_or_default()));
        Some(Booked { currency, exact, kept, units })
    }
}

/// Collects what is wrong with a row.
struct Faults<'a> {
    header: &'a [String],
    found: &'a mut Vec<Problem>,
}

impl Faults<'_> {
    /// Adds a problem of a cell; the sentence is told the column's name.
    fn add(&mut self, cell: Option<&usize>, field: &'static str, code: RowCode, sentence: impl FnOnce(&str) -> String) {
        let column = cell.and_then(|cell| self.header.get(*cell)).cloned().unwrap_or_default();
        let message = sentence(&column);
        let number = cell.map_or(0, |cell| cell + 1);
        self.found.push(Problem { column, cell: number, field, code, message, found: String::new(), proposal: None });
    }
}

fn coded<C, T: Copy>(text: Option<T>, read: impl FnOnce(T) -> Option<C>) -> Coded<C, T> {
    text.map_or(Coded::Absent, |text| read(text).map_or(Coded::Damaged(text), Coded::Valid))
}

/// Alpha-2, alpha-3, or an English name.
fn territory(text: &str) -> Option<Territory> {
    match text.len() {
        2 => Territory::parse(text).ok(),
        3 => Territory::from_alpha3(text).or_else(|_| Territory::from_name(text)).ok(),
        _ => Territory::from_name(text).ok(),
    }
}

/// Adds up the cells of a number, takes off what is to be taken off, and applies its rate. `Err` names the cell at fault.
fn sum(rule: &Number, numbers: &NumberFormat, record: &Record<'_>) -> Result<Option<Exact>, (usize, AmountError)> {
    let mut sum: Option<Exact> = None;
    if rule.count {
        let filled = rule.cells.iter().filter(|cell| !record.cell(**cell).is_empty()).count();
        return Ok(i128::try_from(filled).ok().map(|mantissa| Exact { mantissa, scale: 0 }));
    }
    let signed = rule.cells.iter().map(|cell| (cell, false)).chain(rule.minus.iter().map(|cell| (cell, true)));
    for (cell, off) in signed {
        let number = match numbers.parse(record.cell(*cell)) {
            Ok(number) if off => number.negated(),
            Ok(number) => number,
            Err(AmountError::Empty) => continue,
            Err(error) => return Err((*cell, error)),
        };
        sum = match sum {
            None => Some(number),
            Some(sum) => Some(sum.checked_add(number).ok_or((*cell, AmountError::TooManyDigits))?),
        };
    }
    let (Some(cell), Some(number)) = (rule.times, sum) else { return Ok(sum) };
    match numbers.parse(record.cell(cell)) {
        Ok(rate) => Ok(Some(number.checked_mul(rate).ok_or((cell, AmountError::TooManyDigits))?)),
        Err(AmountError::Empty) => Ok(sum),
        Err(error) => Err((cell, error)),
    }
}

fn read_units(rule: &Number, numbers: &NumberFormat, record: &Record<'_>, faults: &mut Faults<'_>) -> i64 {
    let units = match sum(rule, numbers, record) {
        Ok(Some(units)) => units.to_integer().ok_or(rule.cells.first().copied()),
        Ok(None) if rule.empty == EmptyNumber::Zero || rule.cells.is_empty() => Ok(0),
        Ok(None) => Err(rule.cells.first().copied()),
        Err((cell, _)) => Err(Some(cell)),
    };
    units.unwrap_or_else(|cell| {
        let text = cell.map(|cell| record.cell(cell)).unwrap_or_default();
        faults.add(cell.as_ref(), "units", RowCode::UnitsUnreadable, |_| format!("`{text}` is not a whole number"));
        0
    })
}

fn read_amount(
    rule: &Number,
    numbers: &NumberFormat,
    record: &Record<'_>,
    units: i64,
    faults: &mut Faults<'_>,
) -> Option<Exact> {
    let (cell, error) = match sum(rule, numbers, record) {
        Ok(Some(number)) => match per_unit(rule, number, units) {
            Some(number) => return Some(number),
            None => (rule.cells.first().copied(), AmountError::TooManyDigits),
        },
        Ok(None) if rule.empty == EmptyNumber::Zero => return Some(Exact::ZERO),
        Ok(None) => (rule.cells.first().copied(), AmountError::Empty),
        Err((cell, error)) => (Some(cell), error),
    };
    let code = match error {
        AmountError::Empty => RowCode::AmountMissing,
        AmountError::NotANumber => RowCode::AmountUnreadable,
        AmountError::TooManyDigits => RowCode::AmountTooLarge,
    };
    let text = cell.map(|cell| record.cell(cell)).unwrap_or_default();
    faults.add(cell.as_ref(), "amount", code, |_| {
        if text.is_empty() { error.to_string() } else { format!("`{text}` {error}") }
    });
    None
}

fn read_gross(
    rule: &Number,
    numbers: &NumberFormat,
    record: &Record<'_>,
    units: i64,
    faults: &mut Faults<'_>,
) -> Option<Exact> {
    let (cell, error) = match sum(rule, numbers, record) {
        Ok(None) => return None,
        Ok(Some(number)) => match per_unit(rule, number, units) {
            Some(number) => return Some(number),
            None => (rule.cells.first().copied(), AmountError::TooManyDigits),
        },
        Err((cell, error)) => (Some(cell), error),
    };
    let text = cell.map(|cell| record.cell(cell)).unwrap_or_default();
    faults.add(cell.as_ref(), "gross", RowCode::GrossUnreadable, |_| format!("`{text}` {error}"));
    None
}

fn per_unit(rule: &Number, number: Exact, units: i64) -> Option<Exact> {
    if rule.per_unit { number.checked_mul(Exact { mantissa: i128::from(units), scale: 0 }) } else { Some(number) }
}

fn read_date(
    date: &Date,
    record: &Record<'_>,
    field: &'static str,
    memo: &mut Memo<Result<Period, DateError>>,
    faults: &mut Faults<'_>,
) -> Option<Period> {
    let filled = date.cells.iter().find(|cell| !record.cell(**cell).is_empty());
    let text = filled.map(|cell| record.cell(*cell)).unwrap_or_default();
    if text.is_empty() {
        if date.fixed.is_none() {
            faults.add(date.cells.first(), field, RowCode::DateMissing, |_| "is empty".to_owned());
        }
        return date.fixed;
    }
    match memo.get(text, || date.read(text)) {
        Ok(period) => Some(period),
        Err(error) => {
            let code = match error {
                DateError::Form => RowCode::DateUnreadable,
                DateError::Impossible => RowCode::DateImpossible,
            };
            faults.add(filled, field, code, |_| format!("`{text}` {error}"));
            None
        }
    }
}
