//! DistroKid: many stores in one report, in the tab-separated form and in the quoted one.

use std::io;

use chrono::NaiveDate;

use super::super::amount::Amount;
use super::super::random::Random;
use super::first_day;
use super::layout::{Booked, Layout, Mark};
use super::sales::{Sale, jitter};
use super::sheet::{Cells, Form};
use super::tariff::{Offer, Product, Tariff, product};

static TARIFF: Tariff = Tariff {
    price: 3_100_000_000,
    flat: false,
    products: &[
        product("Spotify", "Song", 380, 1000),
        product("Apple Music", "Song", 190, 1900),
        product("Deezer", "Song", 70, 1500),
        product("TikTok", "Song", 110, 40),
        product("YouTube (Ads)", "Song", 120, 290),
        product("YouTube (Red)", "Song", 60, 1600),
        product("Napster", "Song", 15, 3100),
        Product { name: "iTunes", detail: "Album", offer: Offer::Release, weight: 6, value: 2_000_000 },
    ],
};

/// Rows of a thousand that are about the month before.
const LATE_PER_MILLE: u64 = 20;

/// The report of a month.
pub struct DistroKid {
    /// Sale month.
    pub month: u32,
    /// The form since 2024.
    pub quoted: bool,
}

impl Layout for DistroKid {
    fn form(&self) -> Form {
        if self.quoted {
            Form { delimiter: b',', quotes: csv::QuoteStyle::Always, crlf: false }
        } else {
            Form { delimiter: b'\t', quotes: csv::QuoteStyle::Never, crlf: true }
        }
    }

    fn tariff(&self) -> &'static Tariff {
        &TARIFF
    }

    fn columns(&self) -> &'static [&'static str] {
        if self.quoted {
            &[
                "Date Inserted",
                "Reporting Date",
                "Sale Month",
                "Store",
                "Artist",
                "Title",
                "ISRC",
                "UPC",
                "Quantity",
                "Team Percentage",
                "Source Type",
                "Country of Sale",
                "Songwriter Royalties Withheld (USD)",
                "Earnings (USD)",
                "Recoup (USD)",
            ]
        } else {
            &[
                "Reporting Date",
                "Sale Month",
                "Store",
                "Artist",
                "Title",
                "ISRC",
                "UPC",
                "Quantity",
                "Team Percentage",
                "Song/Album",
                "Country of Sale",
                "Songwriter Royalties Withheld",
                "Earnings (USD)",
            ]
        }
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        let late = random.chance(LATE_PER_MILLE);
        let month = if late { month_before(self.month) } else { first_day(self.month) };
        let reported = first_day(self.month) + chrono::Months::new(1) + chrono::Days::new(19);
        let decimals = if self.quoted { 12 } else { 8 };
        let earned =
            i128::from(jitter(sale.price, random)) * i128::from(sale.units) / if self.quoted { 1 } else { 10_000 };
        let amount = Amount::new(earned, decimals)?;
        let album = sale.product.offer == Offer::Release;
        // Track rows mostly come without UPC; sometimes the country is "other or unknown".
        let upc = if album || random.chance(150) { item.upc } else { "" };
        let country = if random.chance(5) { "OU" } else { sale.market.code };
        if self.quoted {
            cells.put(reported + chrono::Days::new(14));
        }
        cells.put(reported).put(month.format("%Y-%m")).put(sale.product.name).put(item.artist).put(item.title);
        cells.put(item.isrc).put(upc).put(sale.units).put(if random.chance(60) { 50 } else { 100 });
        cells.put(sale.product.detail).put(country).put(if self.quoted { "0.00000" } else { "0" });
        cells.put(amount.text(decimals as usize));
        if self.quoted {
            cells.put("");
        }
        Ok(Booked { units: sale.units as i64, amount, mark: late.then_some(Mark::Late) })
    }
}

/// The first day of the month before.
pub fn month_before(month: u32) -> NaiveDate {
    let first = first_day(month);
    first.checked_sub_months(chrono::Months::new(1)).unwrap_or(first)
}
