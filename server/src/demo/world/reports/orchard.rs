//! The Orchard: the full report with semicolons and decimal comma, and the Workstation export.

use std::io;

use chrono::{Datelike, Months};

use super::super::amount::Amount;
use super::super::random::Random;
use super::distrokid::month_before;
use super::first_day;
use super::layout::{Booked, Layout, Mark};
use super::sales::{Sale, jitter};
use super::sheet::{Cells, Form};
use super::tariff::{Tariff, product};

/// Store and transaction type.
static FULL: Tariff = Tariff {
    price: 2_900_000_000,
    flat: false,
    products: &[
        product("Spotify", "S", 330, 1000),
        product("Spotify", "AS", 220, 220),
        product("Apple Music", "S", 190, 1950),
        product("YouTube", "AV", 160, 260),
        product("YouTube Red", "SV", 60, 1700),
        product("Deezer", "S", 40, 1500),
    ],
};

/// Store and transaction subtype; downloads are the products without "Streams".
static WORKSTATION: Tariff = Tariff {
    price: 3_150_000_000,
    flat: false,
    products: &[
        product("Spotify", "Subscription Audio Streams", 340, 1000),
        product("Spotify", "Ad-Supported Audio Streams", 210, 220),
        product("Apple Music", "Subscription Audio Streams", 200, 1950),
        product("Facebook", "Ad-Supported Audio Streams", 130, 30),
        product("iTunes", "Track Downloads", 40, 210_000),
    ],
};

/// Rows of a thousand that are about the month before.
const LATE_PER_MILLE: u64 = 20;
/// UPCs of a thousand that a spreadsheet has turned into powers of ten.
const DAMAGED_PER_MILLE: u64 = 60;
/// Downloads of a thousand that are returns.
const RETURNS_PER_MILLE: u64 = 60;

/// The full report of a month.
pub struct FullReport {
    /// Sale month; the statement period is the month after.
    pub month: u32,
    /// Currency of the account.
    pub currency: &'static str,
}

impl Layout for FullReport {
    fn form(&self) -> Form {
        Form { delimiter: b';', quotes: csv::QuoteStyle::Necessary, crlf: true }
    }

    fn tariff(&self) -> &'static Tariff {
        &FULL
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "Period",
            "Activity Period",
            "DMS",
            "Territory",
            "Orchard UPC",
            "Manufacturer's UPC",
            "Label Catalog #",
            "Imprint Label",
            "Artist Name",
            "Release Name",
            "Track Name",
            "ISRC",
            "Volume",
            "Track #",
            "Quantity",
            "Trans Type",
            "Label Share Net Receipts",
            "Preferred Currency",
        ]
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        let late = random.chance(LATE_PER_MILLE);
        let activity = if late { month_before(self.month) } else { first_day(self.month) };
        let period = first_day(self.month) + Months::new(1);
        let damaged = random.chance(DAMAGED_PER_MILLE);
        let upc = if damaged { spreadsheet(item.upc) } else { item.upc.to_owned() };
        let amount = Amount::new(i128::from(jitter(sale.price, random)) * i128::from(sale.units) / 1_000_000, 6)?;
        for month in [period, activity] {
            cells.put(format_args!("{}M{}", month.year(), month.month()));
        }
        cells.put(sale.product.name).put(sale.market.name).put(upc).put("").put(item.catalogue_number);
        cells.put(item.label).put(item.artist).put(item.album).put(item.title).put(item.isrc).put(1).put(item.position);
        cells.put(sale.units).put(sale.product.detail).put(amount.text(0).replace('.', ",")).put(self.currency);
        let mark = if late { Some(Mark::Late) } else { damaged.then_some(Mark::DamagedUpc) };
        Ok(Booked { units: sale.units as i64, amount, mark })
    }
}

/// What a spreadsheet makes of a long number: `299001230001` becomes `2,99001E+11`.
fn spreadsheet(upc: &str) -> String {
    format!("{},{}E+{}", &upc[..1], &upc[1..6], upc.len() - 1)
}

/// The Workstation export of a month.
pub struct Workstation {
    /// Sale month; the statement period is the month after.
    pub month: u32,
    /// Currency of the account.
    pub currency: &'static str,
}

impl Layout for Workstation {
    fn form(&self) -> Form {
        Form { delimiter: b',', quotes: csv::QuoteStyle::Necessary, crlf: false }
    }

    fn tariff(&self) -> &'static Tariff {
        &WORKSTATION
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "STATEMENT PERIOD",
            "SALE COUNTRY",
            "STORE",
            "PRODUCT ARTIST",
            "PRODUCT",
            "DISPLAY UPC",
            "LABEL IMPRINT",
            "TRACK ARTIST",
            "TRACK",
            "TRACK VERSION",
            "ISRC",
            "TRANSACTION DATE",
            "TRANSACTION TYPE",
            "TRANSACTION SUBTYPE",
            "QUANTITY",
            "SALE CURRENCY",
            "GROSS REVENUE SALE CURRENCY",
            "CURRENCY CONVERSION RATE",
            "GROSS REVENUE ACCOUNT CURRENCY",
            "NET SHARE ACCOUNT CURRENCY",
            "ACCOUNT CURRENCY",
        ]
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        let late = random.chance(LATE_PER_MILLE);
        let month = if late { month_before(self.month) } else { first_day(self.month) };
        let download = !sale.product.detail.contains("Streams");
        let returned = download && random.chance(RETURNS_PER_MILLE);
        let units = if returned { -1 } else { sale.units as i64 };
        // Sold in one of three currencies, at a rate of two decimals; four fifths of it are the account's.
        let (currency, rate) = match sale.market.currency {
            "GBP" => ("GBP", 127),
            "EUR" | "SEK" | "PLN" => ("EUR", 109),
            _ => ("USD", 100),
        };
        let sold = i128::from(jitter(sale.price, random)) * i128::from(units) * 125 / (1_000_000 * rate);
        let gross = Amount::new(sold * rate, 8)?;
        let net = Amount::new(sold * rate * 8, 9)?;
        cells
            .put((first_day(self.month) + Months::new(1)).format("%B %Y"))
            .put(sale.market.code)
            .put(sale.product.name);
        cells.put(item.artist).put(item.album).put(item.upc).put(item.label).put(item.artist).put(item.title);
        cells.put(item.version).put(item.isrc).put(month).put(if download { "Downloads" } else { "Streams" });
        cells.put(sale.product.detail).put(units).put(currency).put(Amount::new(sold, 6)?.text(10));
        cells.put(Amount::new(rate, 2)?).put(gross.text(10)).put(net.text(10)).put(self.currency);
        let mark = if returned { Some(Mark::Returned) } else { late.then_some(Mark::Late) };
        Ok(Booked { units, amount: net, mark })
    }
}
