//! The providers' files: planned, drawn and written row by row.

mod apple_music;
mod distrokid;
mod itunes;
mod layout;
mod orchard;
pub mod plan;
mod sales;
mod sheet;
mod spotify;
mod tariff;
mod totals;
mod youtube;

use std::io;
use std::path::Path;

use chrono::{Months, NaiveDate};

pub use sales::Listing;
pub use tariff::Offer;
pub use totals::Sum;

use super::World;
use super::manifest::BadRow;
use super::random::Random;
use layout::Layout;
use plan::{Delivery, Fault, Provider};
use sales::Sales;
use sheet::{Cells, Sheet};
use totals::Totals;

/// How many rows are written between two reports of progress.
const PROGRESS_ROWS: u64 = 2_000;

/// The first day of a sale month (1 = January 2026).
pub fn first_day(month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, 1).unwrap_or_default()
}

/// The last day of a sale month.
pub fn last_day(month: u32) -> NaiveDate {
    let next = first_day(month) + Months::new(1);
    next.pred_opt().unwrap_or(next)
}

/// Writes one delivery of `lines` data rows to `path` and adds it up.
///
/// `progress` is called with the number of rows written since the last call.
///
/// # Errors
/// When the disk refuses, or an amount is too large.
pub fn write(
    world: &World,
    number: usize,
    lines: u64,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> io::Result<Totals> {
    let delivery = &plan::DELIVERIES[number];
    let mut layout = layout_of(delivery, world.tenants[delivery.tenant].name);
    let mut random = Random::new(world.seed, delivery.file);
    let sales = sales_of(world, number, lines);
    let mut sheet = Sheet::create(path, layout.form())?;
    let mut totals = Totals::default();
    let mut cells = Cells::default();
    layout.preamble(delivery, &mut sheet)?;
    sheet.line(layout.columns())?;
    for row in 0..lines {
        let sale = sales.next(&mut random);
        cells.clear();
        let booked = layout.row(&sale, &mut random, &mut cells)?;
        match delivery.faults.iter().find(|fault| lines * fault.at / 1000 == row) {
            Some(fault) => {
                totals.add_bad(spoil(fault, layout.columns(), &booked, &mut cells, sheet.lines + 1));
            }
            None => totals.add(&booked, sale.waits_for().map(kernel::codes::SuspenseReason::as_str))?,
        }
        sheet.line(cells.row())?;
        if (row + 1) % PROGRESS_ROWS == 0 {
            progress(PROGRESS_ROWS);
        }
    }
    progress(lines % PROGRESS_ROWS);
    layout.trailer(&totals, &mut sheet)?;
    sheet.finish()?;
    Ok(totals)
}

/// The sales that a delivery of `lines` rows reports, before they take the shape of its layout.
pub fn sales_of(world: &World, number: usize, lines: u64) -> Sales<'_> {
    let delivery = &plan::DELIVERIES[number];
    let tenant = &world.tenants[delivery.tenant];
    Sales::new(tenant, &world.strangers, layout_of(delivery, tenant.name).tariff(), delivery, lines)
}

/// Makes a row unreadable.
fn spoil(fault: &Fault, columns: &[&str], booked: &layout::Booked, cells: &mut Cells, line: u64) -> BadRow {
    let index = columns.iter().position(|column| *column == fault.column).unwrap_or_default();
    cells.replace(index, fault.text);
    BadRow {
        line,
        column: fault.column.to_owned(),
        text: fault.text.to_owned(),
        units: booked.units,
        amount: (!fault.money).then(|| booked.amount.to_string()),
    }
}

fn layout_of(delivery: &Delivery, recipient: &'static str) -> Box<dyn Layout> {
    let (month, currency) = (delivery.month, delivery.currency);
    match delivery.provider {
        Provider::Spotify => Box::new(spotify::Spotify { recipient, currency }),
        Provider::AppleMusic => Box::new(apple_music::AppleMusic { currency }),
        // Apple's fiscal March 2026 is four weeks long.
        Provider::Itunes => {
            Box::new(itunes::Itunes { start: "03/01/2026".to_owned(), end: "03/28/2026".to_owned(), currency })
        }
        Provider::YouTube => Box::new(youtube::YouTube { month }),
        Provider::DistroKid => Box::new(distrokid::DistroKid { month, quoted: false }),
        Provider::DistroKidQuoted => Box::new(distrokid::DistroKid { month, quoted: true }),
        Provider::Orchard => Box::new(orchard::FullReport { month, currency }),
        Provider::OrchardWorkstation => Box::new(orchard::Workstation { month, currency }),
    }
}
