//! Spotify's licensor report since 2020: two lines of preamble, tab-separated, amounts of up to 30 decimals.

use std::io;

use super::super::amount::Amount;
use super::super::random::Random;
use super::layout::{Booked, Layout};
use super::plan::Delivery;
use super::sales::{Sale, jitter};
use super::sheet::{Cells, Form, Sheet, TABS};
use super::tariff::{Tariff, product};
use super::{first_day, last_day};

/// Ad-funded, premium, family, students, duo, trials and partners.
static TARIFF: Tariff = Tariff {
    price: 3_900_000_000,
    flat: false,
    products: &[
        product("P", "", 420, 1000),
        product("A", "", 310, 210),
        product("FAM6", "", 120, 640),
        product("PDS", "", 70, 520),
        product("PDIB", "", 40, 830),
        product("PDLS12", "", 25, 760),
        product("TFSA", "", 15, 90),
    ],
};

/// The licensor report.
pub struct Spotify {
    /// Who it is for.
    pub recipient: &'static str,
    /// Currency of payment.
    pub currency: &'static str,
}

impl Layout for Spotify {
    fn form(&self) -> Form {
        TABS
    }

    fn tariff(&self) -> &'static Tariff {
        &TARIFF
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "Country",
            "Label",
            "Product",
            "URI",
            "UPC",
            "EAN",
            "ISRC",
            "Track name",
            "Artist name",
            "Composer name",
            "Album name",
            "Quantity",
            "Payable currency",
            "Payable",
        ]
    }

    fn preamble(&self, delivery: &Delivery, sheet: &mut Sheet) -> io::Result<()> {
        sheet.line(["Format version", "Start date", "End date", "Sender", "Recipient", "Disclaimer"])?;
        let from = first_day(delivery.month).to_string();
        let to = last_day(delivery.month).to_string();
        sheet.line(["2", &from, &to, "Spotify", self.recipient, "Confidential"])
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        // 12 decimals of price, and 18 more of noise: what a pool divided by streams looks like.
        let noise = i128::from(random.below(1_000_000_000_000_000_000));
        let price = i128::from(jitter(sale.price, random)) * 1_000_000_000_000_000_000 + noise;
        let amount = Amount::new(price * i128::from(sale.units), 30)?;
        let (upc, ean) = if item.upc.len() == 12 { (item.upc, "") } else { ("", item.upc) };
        cells.put(sale.market.code).put(item.label).put(sale.product.name).put(uri(item.isrc));
        cells.put(upc).put(ean).put(item.isrc).put(item.title).put(item.artist).put("N/A").put(item.album);
        cells.put(sale.units).put(self.currency).put(amount);
        Ok(Booked { units: sale.units as i64, amount, mark: None })
    }
}

/// The 22 characters of a track's address, the same for the same ISRC.
fn uri(isrc: &str) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random = Random::new(0, isrc);
    let code: String = (0..22).map(|_| char::from(ALPHABET[random.index(ALPHABET.len())])).collect();
    format!("spotify:track:{code}")
}
