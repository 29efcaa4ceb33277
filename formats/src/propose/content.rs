//! What stands in a column.

use kernel::codes::{Isrc, Iswc};
use kernel::currency::Currency;
use kernel::territory::Territory;

use super::field::Field;
use super::table::Table;
use crate::value::{DateFormat, DecimalMark, NumberFormat};

/// Forms of dates that occur in reports, unambiguous ones first.
pub(super) const DATES: &[&str] = &[
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y-%m",
    "%Y/%m",
    "%Y_%m",
    "%YM%m",
    "%Y%m%d",
    "%Y%m",
    "%d.%m.%Y",
    "%b-%y",
    "%b %Y",
    "%B %Y",
    "%b-%Y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%qQ%Y",
    "%YQ%q",
    "Q%q %Y",
    "%Y Q%q",
    "%Y-Q%q",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%y",
    "%d/%m/%y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%m/%Y",
    "%m.%Y",
    "%m-%Y",
    "%Y%q",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M",
    "%Y",
];

/// Shares of the filled cells, in parts of 100.
#[derive(Debug)]
pub(super) struct Content {
    cells: usize,
    isrc: u8,
    upc: u8,
    iswc: u8,
    currency: u8,
    territory: u8,
    number: u8,
    whole: u8,
    date: u8,
    longest: usize,
}

impl Content {
    pub(super) fn of(table: &Table, index: usize) -> Self {
        let cells: Vec<&str> = table.column(index).collect();
        let share = |holds: &dyn Fn(&str) -> bool| {
            let count = cells.iter().filter(|cell| holds(cell)).count();
            u8::try_from(count * 100 / cells.len().max(1)).unwrap_or(100)
        };
        let numbers = liberal();
        let dates = forms();
        let whole = |cell: &str| numbers.parse(cell).ok().and_then(crate::value::Exact::to_integer).is_some();
        Self {
            cells: cells.len(),
            isrc: share(&|cell| Isrc::parse(cell).is_ok()),
            upc: share(&|cell| is_upc(cell)),
            iswc: share(&|cell| Iswc::parse(cell).is_ok()),
            currency: share(&|cell| cell.len() == 3 && Currency::parse(cell).is_ok()),
            territory: share(&is_territory),
            number: share(&|cell| numbers.parse(cell).is_ok()),
            whole: share(&whole),
            date: share(&|cell| dates.iter().any(|form| form.read(cell).is_ok())),
            longest: cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Whether all cells are as short as codes are.
    pub(super) const fn is_short(&self) -> bool {
        self.longest <= 3
    }

    /// The share of cells that are what a field needs, and what that is; nothing where any text will do.
    pub(super) const fn speaks_for(&self, field: Field) -> (Option<u8>, &'static str) {
        if self.cells == 0 {
            return (None, "");
        }
        match field {
            Field::Amount | Field::Gross => (Some(self.number), "numbers"),
            Field::Units => (Some(self.whole), "whole numbers"),
            Field::Currency => (Some(self.currency), "currencies"),
            Field::Territory => (Some(self.territory), "territories"),
            Field::Isrc => (Some(self.isrc), "ISRCs"),
            Field::Upc => (Some(self.upc), "UPCs"),
            Field::Iswc => (Some(self.iswc), "ISWCs"),
            Field::SalePeriod | Field::SaleStart | Field::SaleEnd | Field::Statement => (Some(self.date), "dates"),
            Field::Platform
            | Field::SourceItemKey
            | Field::Title
            | Field::Artist
            | Field::ReleaseTitle
            | Field::IncomeType => (None, ""),
        }
    }
}

/// Reads every notation of numbers, to recognise them: what they say is not told by it.
fn liberal() -> NumberFormat {
    NumberFormat {
        decimal: DecimalMark::Either,
        thousands: " '".to_owned(),
        parentheses: true,
        symbols: SYMBOLS.iter().map(|symbol| (*symbol).to_owned()).collect(),
    }
}

/// Signs of currencies that stand at numbers, longer ones first.
pub(super) const SYMBOLS: &[&str] = &["US$", "AU$", "NZ$", "CA$", "A$", "R$", "$", "€", "£", "¥", "￥", "₽"];

/// The forms of [`DATES`].
pub(super) fn forms() -> Vec<DateFormat> {
    DATES.iter().filter_map(|form| DateFormat::new(form).ok()).collect()
}

/// Twelve to fourteen digits. Whether the check digit is right is the row's matter.
fn is_upc(cell: &str) -> bool {
    (12..=14).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_territory(cell: &str) -> bool {
    match cell.len() {
        2 => Territory::parse(cell).is_ok(),
        3 => Territory::from_alpha3(cell).is_ok() || Territory::from_name(cell).is_ok(),
        _ => Territory::from_name(cell).is_ok(),
    }
}
