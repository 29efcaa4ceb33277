//! Apple Music streams (S1): preamble of keys and values, decimals without leading zero, trailer with the row count.

use std::io;

use super::super::amount::Amount;
use super::super::random::Random;
use super::layout::{Booked, Layout};
use super::plan::Delivery;
use super::sales::Sale;
use super::sheet::{Cells, Form, Sheet, TABS};
use super::tariff::{Tariff, product};
use super::totals::Totals;
use super::{first_day, last_day};

static EUROS: Tariff = Tariff {
    price: 5_900_000_000,
    flat: false,
    products: &[
        product("Direct Individual Monthly", "", 520, 1000),
        product("Direct Family Monthly", "", 230, 620),
        product("Direct Student Monthly", "", 90, 540),
        product("Indirect Individual Monthly", "", 110, 880),
        product("Indirect Individual Monthly EXTENDED TRIAL", "", 50, 120),
    ],
};

static YEN: Tariff = Tariff {
    price: 820_000_000_000,
    flat: false,
    products: &[
        product("Direct Individual Monthly", "", 560, 1000),
        product("Direct Family Monthly", "", 160, 590),
        product("Direct Student Monthly", "", 120, 560),
        product("Indirect Individual Monthly", "", 160, 910),
    ],
};

/// The streams of one region, in one currency.
pub struct AppleMusic {
    /// Currency of the file.
    pub currency: &'static str,
}

impl Layout for AppleMusic {
    fn form(&self) -> Form {
        TABS
    }

    fn tariff(&self) -> &'static Tariff {
        if self.currency == "JPY" { &YEN } else { &EUROS }
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "Storefront Name",
            "Apple Identifier",
            "Membership Type",
            "Quantity",
            "Net Royalty",
            "Net Royalty Total",
            "ISRC",
            "Item_Title",
            "Item_Artist",
            "Item Type",
            "Media Type",
            "Vendor Identifier",
            "Offline Indicator",
            "Label/Studio/Network",
            "Grid",
        ]
    }

    fn preamble(&self, delivery: &Delivery, sheet: &mut Sheet) -> io::Result<()> {
        let us = |day: chrono::NaiveDate| day.format("%m/%d/%Y").to_string();
        sheet.line(["Start Date", &us(first_day(delivery.month))])?;
        sheet.line(["End Date", &us(last_day(delivery.month))])?;
        sheet.line(["Report Type", "Apple Music"])?;
        sheet.line(["Currency", self.currency])
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        // One rate per storefront and membership, in six decimals.
        let rate = i128::from(sale.price / 1_000_000);
        let amount = Amount::new(rate * i128::from(sale.units), 6)?;
        cells.put(sale.market.code).put(1_400_000_000 + item.number).put(sale.product.name).put(sale.units);
        cells.put(bare(Amount::new(rate, 6)?)).put(bare(amount)).put(item.isrc).put(item.title).put(item.artist);
        cells.put(1).put(1).put(item.isrc).put(u8::from(random.chance(80))).put(item.label).put("");
        Ok(Booked { units: sale.units as i64, amount, mark: None })
    }

    fn trailer(&self, totals: &Totals, sheet: &mut Sheet) -> io::Result<()> {
        sheet.line(["Row Count", &totals.rows.to_string()])
    }
}

/// Six decimals, and no zero before the point.
fn bare(amount: Amount) -> String {
    let text = amount.text(6);
    match text.strip_prefix('0') {
        Some(rest) if rest.starts_with('.') => rest.to_owned(),
        _ => text,
    }
}
