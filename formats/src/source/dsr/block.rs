//! What the records before a row say: the header, the summaries, and the things of its block.

use kernel::decimal::LINE_SCALE;

use super::cells;
use super::records::{Class, names, usual};
use crate::source::records::Record;
use crate::value::{Exact, ExactSum, NumberFormat};

use super::StatedSummary;

/// Columns whose cells name several people or things.
const LISTS: &[&str] = &["ComposerAuthor", "MusicPublisher", "DeductionType"];

/// Where the cells of a kind of record go.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: String,
    pub(super) class: Class,
    /// For every column of the table: the cell, and whether it is a list.
    pub(super) places: Vec<Option<(usize, bool)>>,
    /// Names of its cells, the type first.
    names: Vec<String>,
}

impl Shape {
    /// The shape of a kind, as the file's comments declare it, else as the profiles do.
    pub(super) fn new(kind: &str, declared: Option<&[String]>, columns: &[&str]) -> Self {
        let class = Class::of(kind);
        let mut all = vec!["RecordType".to_owned()];
        all.extend(declared.map_or_else(|| names(kind), <[String]>::to_vec).iter().map(|name| usual(name).to_owned()));
        // An asterisk marks cells that may repeat; it is not part of the name.
        let names: Vec<String> = all.into_iter().map(|name| name.trim_end_matches('*').to_owned()).collect();
        let places = columns
            .iter()
            .map(|column| {
                let own = own_name(class, column)?;
                let at = names.iter().position(|name| name == own)?;
                (at > 0).then_some((at, LISTS.contains(column)))
            })
            .collect();
        Self { kind: kind.to_owned(), class, places, names }
    }

    /// The text of a named cell.
    pub(super) fn cell<'a>(&self, record: &Record<'a>, name: &str) -> &'a str {
        self.names.iter().position(|own| own == name).map(|at| record.cell(at)).unwrap_or_default()
    }

    /// What a record fills of the table.
    pub(super) fn layer(&self, record: &Record<'_>) -> Layer {
        Layer(self.places.iter().map(|place| place.map(|place| read(record, place)).unwrap_or_default()).collect())
    }
}

/// A cell without its escapes.
pub(super) fn read(record: &Record<'_>, (at, list): (usize, bool)) -> String {
    let text = record.cell(at);
    if list { cells::all(text) } else { cells::first(text) }
}

/// The name that a column of the table has in a kind of record.
fn own_name(class: Class, column: &str) -> Option<&str> {
    match (class, column) {
        (Class::Release, "ReleaseTitle") | (Class::Work, "WorkTitle") => Some("Title"),
        (Class::Release, "ReleaseDisplayArtistName") => Some("DisplayArtistName"),
        (Class::Release | Class::Work, "Title" | "DisplayArtistName") => None,
        (Class::Summary, "SummaryUsages") => Some("Usages"),
        (Class::Summary, "SummaryNetRevenue") => Some("NetRevenue"),
        (Class::Summary, "Usages" | "NetRevenue" | "Returns" | "RightsType" | "AllocatedNetRevenue") => None,
        // Said by the summary, not by the message.
        (Class::Header, "ServiceDescription") => Some(column),
        _ => Some(column),
    }
}

/// What one record fills of the table.
#[derive(Debug, Default, Clone)]
pub(super) struct Layer(Vec<String>);

impl Layer {
    pub(super) fn get(&self, column: usize) -> &str {
        self.0.get(column).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn clear(&mut self, column: Option<usize>) {
        if let Some(cell) = column.and_then(|column| self.0.get_mut(column)) {
            cell.clear();
        }
    }
}

/// A summary, and how much of its revenue was given to rows.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) id: String,
    pub(super) controller: String,
    pub(super) layer: Layer,
    stated_usages: String,
    stated_revenue: String,
    currency: String,
    usages: Option<i64>,
    revenue: Option<Exact>,
    seen: i64,
    given: i128,
}

impl Summary {
    pub(super) fn new(shape: &Shape, record: &Record<'_>) -> Self {
        let number = |name| NumberFormat::default().parse(shape.cell(record, name)).ok();
        Self {
            id: shape.cell(record, "SummaryRecordId").to_owned(),
            controller: shape.cell(record, "RightsController").to_owned(),
            layer: shape.layer(record),
            stated_usages: shape.cell(record, "Usages").to_owned(),
            stated_revenue: shape.cell(record, "NetRevenue").to_owned(),
            currency: shape.cell(record, "CurrencyOfReporting").to_owned(),
            usages: number("Usages").and_then(Exact::to_integer),
            revenue: number("NetRevenue"),
            seen: 0,
            given: 0,
        }
    }

    /// What it states, and what its rows made of it, where they share its revenue.
    pub(super) fn told(&self, shared: bool) -> StatedSummary {
        let given = Exact { mantissa: self.given, scale: LINE_SCALE };
        StatedSummary {
            id: self.id.clone(),
            controller: self.controller.clone(),
            currency: self.currency.clone(),
            stated_usages: self.stated_usages.clone(),
            stated_revenue: self.stated_revenue.clone(),
            usages: shared.then_some(self.seen),
            revenue: shared.then(|| {
                let mut sum = ExactSum::default();
                sum.add(given);
                sum.total().normalized().to_plain_string()
            }),
        }
    }

    /// The share of the revenue that falls to further usages, pro rata of all usages of the summary.
    ///
    /// Shares are cut at eighteen decimals of the *running* total, so that no cut accumulates: when all usages were
    /// seen, exactly the whole revenue was given. `None` where the summary does not say usages or revenue.
    pub(super) fn share(&mut self, usages: i64) -> Option<Exact> {
        let (all, revenue) = (self.usages.filter(|all| *all > 0)?, self.revenue?);
        let unit = 10i128.checked_pow(LINE_SCALE.checked_sub(revenue.scale)?)?;
        let whole = revenue.mantissa.checked_mul(unit)?;
        self.seen = self.seen.checked_add(usages)?;
        let (all, seen) = (i128::from(all), i128::from(self.seen));
        // whole × seen ÷ all without leaving 128 bits: the quotient and the remainder apart.
        let given = (whole / all).checked_mul(seen)?.checked_add((whole % all).checked_mul(seen)? / all)?;
        let share = given.checked_sub(self.given)?;
        self.given = given;
        Some(Exact { mantissa: share, scale: LINE_SCALE })
    }
}

/// The things of a block.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) id: String,
    releases: Vec<(String, Layer)>,
    resources: Vec<(String, Layer)>,
    works: Vec<Layer>,
    /// The usage that lines of controllers follow.
    pub(super) usage: Option<Layer>,
}

impl Block {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    pub(super) fn add(&mut self, shape: &Shape, record: &Record<'_>) {
        let layer = shape.layer(record);
        let reference = shape.cell(record, "Reference").to_owned();
        match shape.class {
            Class::Release => self.releases.push((reference, layer)),
            Class::Resource => self.resources.push((reference, layer)),
            Class::Work => self.works.push(layer),
            _ => {}
        }
    }

    /// What fills a column: the recording, the release, the work; those that are referred to, else the first.
    pub(super) fn get(&self, column: usize, release: &str, resource: &str) -> &str {
        fn pick<'a>(all: &'a [(String, Layer)], reference: &str) -> Option<&'a Layer> {
            let named = all.iter().find(|(own, _)| !reference.is_empty() && own == reference);
            named.or(all.first()).map(|(_, layer)| layer)
        }
        let layers = [pick(&self.resources, resource), pick(&self.releases, release), self.works.first()];
        layers.into_iter().flatten().map(|layer| layer.get(column)).find(|text| !text.is_empty()).unwrap_or_default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_revenue() {
        // 100.00 over 3 usages: 33.33… twice cut, and the rest; together exactly 100.
        let mut summary = Summary {
            id: String::new(),
            controller: String::new(),
            layer: Layer::default(),
            stated_usages: String::new(),
            stated_revenue: String::new(),
            currency: String::new(),
            usages: Some(3),
            revenue: Some(Exact { mantissa: 10_000, scale: 2 }),
            seen: 0,
            given: 0,
        };
        let shares: Vec<i128> = (0..3).map(|_| summary.share(1).unwrap().mantissa).collect();
        assert_eq!(shares, [33_333_333_333_333_333_333, 33_333_333_333_333_333_333, 33_333_333_333_333_333_334]);
        assert_eq!(shares.iter().sum::<i128>(), 100 * 10i128.pow(18));
    }
}
