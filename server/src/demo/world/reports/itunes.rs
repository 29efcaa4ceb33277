//! iTunes Store sales: tracks and albums, returns as negative rows, totals under the table.

use std::io;

use super::super::amount::Amount;
use super::super::market::Market;
use super::super::random::Random;
use super::layout::{Booked, Layout, Mark};
use super::sales::Sale;
use super::sheet::{Cells, Form, Sheet, TABS};
use super::tariff::{Offer, Product, Tariff};
use super::totals::Totals;

/// Tracks are product type H, albums I; the price of either is the same all over the region.
static TARIFF: Tariff = Tariff {
    price: 700_000_000_000,
    flat: true,
    products: &[
        Product { name: "H", detail: "", offer: Offer::Recording, weight: 900, value: 1000 },
        Product { name: "H", detail: "", offer: Offer::Recording, weight: 250, value: 1300 },
        Product { name: "I", detail: "", offer: Offer::Release, weight: 120, value: 9300 },
    ],
};

/// One row in a hundred is a return.
const RETURNS_PER_MILLE: u64 = 10;

/// Sales of a region in its fiscal month.
pub struct Itunes {
    /// First day of the fiscal month.
    pub start: String,
    /// Last day.
    pub end: String,
    /// Currency paid out.
    pub currency: &'static str,
}

impl Layout for Itunes {
    fn form(&self) -> Form {
        TABS
    }

    fn tariff(&self) -> &'static Tariff {
        &TARIFF
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "Start Date",
            "End Date",
            "UPC",
            "ISRC/ISBN",
            "Vendor Identifier",
            "Quantity",
            "Partner Share",
            "Extended Partner Share",
            "Partner Share Currency",
            "Sales or Return",
            "Apple Identifier",
            "Artist/Show/Developer/Author",
            "Title",
            "Label/Studio/Network/Developer/Publisher",
            "Grid",
            "Product Type Identifier",
            "ISAN/Other Identifier",
            "Country Of Sale",
            "Pre-order Flag",
            "Promo Code",
            "Customer Price",
            "Customer Currency",
        ]
    }

    fn row(&mut self, sale: &Sale, random: &mut Random, cells: &mut Cells) -> io::Result<Booked> {
        let item = &sale.listing;
        let album = sale.product.offer == Offer::Release;
        let returned = random.chance(RETURNS_PER_MILLE);
        // A return gives one or two copies back: `R`, and every figure negative but the share of one copy.
        let units = if returned { -(random.between(1, 2) as i64) } else { sale.units as i64 };
        let share = i128::from(sale.price / 10_000_000_000);
        let amount = Amount::new(share * i128::from(units), 2)?;
        let price = i128::from(customer_price(sale.market, sale.product)) * if returned { -1 } else { 1 };
        // UPC-A numbers come with a leading zero half of the time.
        let upc = match (album, item.upc.len() == 12 && random.chance(500)) {
            (false, _) => String::new(),
            (true, true) => format!("0{}", item.upc),
            (true, false) => item.upc.to_owned(),
        };
        let vendor = if album { upc.as_str() } else { item.isrc };
        cells.put(&self.start).put(&self.end).put(&upc).put(item.isrc).put(vendor).put(units);
        cells.put(Amount::new(share, 2)?.text(2)).put(amount.text(2)).put(self.currency);
        cells.put(if returned { "R" } else { "S" }).put(1_400_000_000 + item.number).put(item.artist).put(item.title);
        cells.put(item.label).put("").put(sale.product.name).put("").put(sale.market.code).put("").put("");
        cells.put(Amount::new(price, 2)?.text(2)).put(sale.market.currency);
        Ok(Booked { units, amount, mark: returned.then_some(Mark::Returned) })
    }

    fn trailer(&self, totals: &Totals, sheet: &mut Sheet) -> io::Result<()> {
        sheet.line(["Total_Rows", &totals.rows.to_string()])?;
        sheet.line(["Total_Amount", &totals.amount.text(2)])?;
        sheet.line(["Total_Units", &totals.units.to_string()])
    }
}

/// What the customer pays, in minor units of the market's currency. Yen and won have none: their hundredths are
/// always zero.
fn customer_price(market: &Market, product: &Product) -> i64 {
    let hundredths = if matches!(market.currency, "JPY" | "KRW" | "CLP") { 100 } else { 1 };
    let per_track = market.track_price * hundredths;
    if product.offer == Offer::Release { per_track * 77 / 10 } else { per_track }
}
