//! From database rows to the engine's lines.

use std::collections::HashMap;

use engine::model::{Interner, ItemKey, Line, LineDetails};
use kernel::codes::{ItemKind, RevenueType};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::period::Month;
use kernel::territory::Territory;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::wire::Columns;
use super::{Part, RawChunk};
use crate::calculation::input::Selection;

/// A chunk of lines, and the item of each as an id.
pub(in crate::calculation) struct Batch {
    pub(in crate::calculation) lines: Vec<Line>,
    pub(in crate::calculation) items: Vec<ItemKey>,
}

/// A report and the partition of its lines.
#[derive(Debug, Clone, Copy)]
pub(in crate::calculation) struct Origin {
    pub(in crate::calculation) report: ReportId,
    pub(in crate::calculation) month: Month,
}

/// Decodes the chunks of a run, one after the other; it grows by what the lines name.
pub(in crate::calculation) struct Decoder {
    names: Interner,
    origins: Vec<Origin>,
    positions: HashMap<Uuid, u32>,
    resolved: HashMap<Uuid, ItemKey>,
    territories: HashMap<String, Territory>,
    currencies: HashMap<String, Currency>,
}

impl Decoder {
    /// For a selection, with the positions that the rules name.
    pub(in crate::calculation) fn new(selection: &Selection, names: Interner) -> Self {
        let origins: Vec<Origin> =
            selection.reports.iter().map(|report| Origin { report: report.id, month: report.month }).collect();
        let positions = origins.iter().zip(0u32..).map(|(origin, position)| (origin.report.uuid(), position)).collect();
        let resolved = selection
            .reports
            .iter()
            .flat_map(|report| &report.resolved)
            .map(|group| (group.id.uuid(), group.item))
            .collect();
        Self { names, origins, positions, resolved, territories: HashMap::new(), currencies: HashMap::new() }
    }

    /// The report of a line.
    pub(in crate::calculation) fn origin(&self, report: u32) -> Outcome<Origin> {
        self.origins.get(report as usize).copied().ok_or_else(|| Failure::internal("a line without its report"))
    }

    /// The positions of items, platforms and configurations so far.
    pub(in crate::calculation) const fn names(&self) -> &Interner {
        &self.names
    }

    /// Decodes a chunk.
    pub(in crate::calculation) fn decode(&mut self, chunk: &RawChunk) -> Outcome<Batch> {
        let rows = chunk.parts.iter().map(|(_, rows)| rows.len()).sum();
        let mut batch = Batch { lines: Vec::with_capacity(rows), items: Vec::with_capacity(rows) };
        for (part, rows) in &chunk.parts {
            for row in rows {
                let (line, item) = self.line(*part, row)?;
                batch.lines.push(line);
                batch.items.push(item);
            }
        }
        Ok(batch)
    }

    /// One line, in the order of the query's columns.
    fn line(&mut self, part: Part, row: &QueryResult) -> Outcome<(Line, ItemKey)> {
        let row = row.try_as_pg_row().ok_or_else(|| Failure::internal("a row of another database"))?;
        let mut columns = Columns::new(row);
        let report_id = columns.uuid()?;
        let line_no = columns.i64()?;
        let platform = self.names.platform(columns.text()?);
        let revenue_type = columns.i16()?;
        // The first day of the sale period decides which version, participation and term apply.
        let sale_date = columns.date()?;
        let territory = self.territory(columns.text()?)?;
        let currency = self.currency(columns.text()?)?;
        let amount = columns.decimal()?;
        let gross = columns.optional_decimal()?;
        let units = columns.i64()?;
        let configuration = columns.optional_text()?.map(|name| self.names.configuration(name));
        let kind = columns.optional_i16()?;
        let id = columns.optional_uuid()?;
        let item = match (kind.and_then(ItemKind::from_number), id, columns.optional_uuid()?) {
            (Some(kind), Some(id), None) => ItemKey { kind, id },
            (_, _, Some(group)) => {
                *self.resolved.get(&group).ok_or_else(|| Failure::internal("a line of an unknown group"))?
            }
            _ => return Err(Failure::internal(format!("line {line_no} of report {report_id} has no item"))),
        };
        let report = match part {
            Part::Report(position) => position,
            Part::Waiting => {
                *self.positions.get(&report_id).ok_or_else(|| Failure::internal("a line of an unknown report"))?
            }
        };
        let line = Line {
            report,
            line_no: line_no.unsigned_abs(),
            item: self.names.item(item),
            territory,
            currency,
            amount,
            gross,
            units,
            sale_date,
            platform,
            revenue_type: RevenueType::from_number(revenue_type)
                .ok_or_else(|| Failure::internal(format!("revenue type {revenue_type}")))?,
            configuration,
            details: LineDetails::default(),
        };
        Ok((line, item))
    }

    fn territory(&mut self, code: &str) -> Outcome<Territory> {
        if let Some(known) = self.territories.get(code) {
            return Ok(*known);
        }
        let territory = Territory::parse(code).map_err(|error| Failure::internal(error.to_string()))?;
        self.territories.insert(code.to_owned(), territory);
        Ok(territory)
    }

    fn currency(&mut self, code: &str) -> Outcome<Currency> {
        if let Some(known) = self.currencies.get(code) {
            return Ok(*known);
        }
        let currency = Currency::parse(code).map_err(|error| Failure::internal(error.to_string()))?;
        self.currencies.insert(code.to_owned(), currency);
        Ok(currency)
    }
}
