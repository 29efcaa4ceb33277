//! What a layout has to say: its form, its columns, and how a sale becomes a row.

use std::io;

use super::super::amount::Amount;
use super::super::random::Random;
use super::plan::Delivery;
use super::sales::Sale;
use super::sheet::{Cells, Form, Sheet};
use super::tariff::Tariff;
use super::totals::Totals;

/// Something about a row that the demonstration counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A return: negative units and money.
    Returned,
    /// A sale of an earlier month.
    Late,
    /// No money.
    NoMoney,
    /// A UPC that a spreadsheet has spoilt.
    DamagedUpc,
    /// Known by the provider's own id only.
    ByAlias,
}

impl Mark {
    /// The name in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Returned => "RETURNED",
            Self::Late => "LATE",
            Self::NoMoney => "NO_MONEY",
            Self::DamagedUpc => "DAMAGED_UPC",
            Self::ByAlias => "BY_ALIAS",
        }
    }
}

/// What a row adds to the totals.
#[derive(Debug, Clone, Copy)]
pub struct Booked {
    /// Units, negative for returns.
    pub units: i64,
    /// Net amount.
    pub amount: Amount,
    /// Something remarkable.
    pub mark: Option<Mark>,
}

/// A provider's layout, writing one delivery.
pub trait Layout {
    /// How cells are separated.
    fn form(&self) -> Form;

    /// What the provider sells.
    fn tariff(&self) -> &'static Tariff;

    /// The header.
    fn columns(&self) -> &'static [&'static str];

    /// Lines above the header.
    ///
    /// # Errors
    /// When the disk refuses.
    fn preamble(&self, _delivery: &Delivery, _sheet: &mut Sheet) -> io::Result<()> {
        Ok(())
    }

    /// Turns a sale into the cells of a row.
    ///
    /// # Errors
    /// When an amount is too large.
    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked>;

    /// Lines below the rows.
    ///
    /// # Errors
    /// When the disk refuses.
    fn trailer(&self, _totals: &Totals, _sheet: &mut Sheet) -> io::Result<()> {
        Ok(())
    }
}
