//! YouTube's asset report: a row per day, the partner's revenue in parts and in total, identifiers often missing.

use std::io;

use super::super::amount::Amount;
use super::super::random::Random;
use super::first_day;
use super::layout::{Booked, Layout, Mark};
use super::sales::{Sale, jitter};
use super::sheet::{Cells, Form};
use super::tariff::{Offer, Product, Tariff, product};

static TARIFF: Tariff = Tariff {
    price: 1_150_000_000,
    flat: false,
    products: &[
        product("Sound Recording", "", 720, 1000),
        product("Music Video", "", 240, 1250),
        Product { name: "Composition", detail: "", offer: Offer::Work, weight: 90, value: 180 },
    ],
};

/// Rows of a thousand that were watched without an advertisement.
const UNPAID_PER_MILLE: u64 = 8;

/// The asset report of a month.
pub struct YouTube {
    /// 1 = January 2026.
    pub month: u32,
}

impl Layout for YouTube {
    fn form(&self) -> Form {
        Form { delimiter: b',', quotes: csv::QuoteStyle::Necessary, crlf: false }
    }

    fn tariff(&self) -> &'static Tariff {
        &TARIFF
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "Adjustment Type",
            "Day",
            "Country",
            "Asset ID",
            "Asset Title",
            "Asset Labels",
            "Asset Channel ID",
            "Asset Type",
            "Custom ID",
            "ISRC",
            "UPC",
            "GRid",
            "Artist",
            "Album",
            "Label",
            "Administer Publish Rights",
            "Owned Views",
            "YouTube Revenue Split : Auction",
            "YouTube Revenue Split : Reserved",
            "YouTube Revenue Split : Partner Sold YouTube Served",
            "YouTube Revenue Split : Partner Sold Partner Served",
            "YouTube Revenue Split",
            "Partner Revenue : Auction",
            "Partner Revenue : Reserved",
            "Partner Revenue : Partner Sold YouTube Served",
            "Partner Revenue : Partner Sold Partner Served",
            "Partner Revenue",
        ]
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        let work = sale.product.offer == Offer::Work;
        let day = first_day(self.month) + chrono::Days::new(random.below(28));
        let paid = if random.chance(UNPAID_PER_MILLE) { 0 } else { jitter(sale.price, random) };
        // Six decimals; the service keeps 45 for every 55 it pays.
        let partner = i128::from(paid) * i128::from(sale.units) / 1_000_000;
        let service = partner * 45 / 55;
        // What has no ISRC comes without UPC too: nothing but the asset's id says what it is.
        let (isrc, upc) = if item.by_alias { ("", "") } else { (item.isrc, item.upc) };
        cells.put(if random.chance(20) { "None" } else { "" }).put(day.format("%Y%m%d")).put(sale.market.code);
        cells.put(item.asset).put(item.title).put(if random.chance(300) { "catalogue|2026" } else { "" });
        cells.put(format_args!("UC{:022}", 7_000_000 + item.number)).put(sale.product.name);
        cells.put(format_args!("{}-{:06}", item.catalogue_number, item.number)).put(isrc).put(upc).put("");
        cells.put(item.artist).put(item.album).put(item.label).put(if work { "Yes" } else { "No" }).put(sale.units);
        for revenue in [service, partner] {
            let auction = revenue * 4 / 5;
            cells.put(Amount::new(auction, 6)?.text(6)).put(Amount::new(revenue - auction, 6)?.text(6)).put(0).put(0);
            cells.put(Amount::new(revenue, 6)?.text(6));
        }
        let mark = if partner == 0 { Some(Mark::NoMoney) } else { item.by_alias.then_some(Mark::ByAlias) };
        Ok(Booked { units: sale.units as i64, amount: Amount::new(partner, 6)?, mark })
    }
}
