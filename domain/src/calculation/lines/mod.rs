//! The revenue lines of a run, read in keyset chunks: however many there are, few are in memory.

mod decode;
mod wire;

use std::collections::VecDeque;

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use platform::db::{OrFail, sql};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::input::{PreviousRun, SelectedReport, Selection};
use crate::Core;

pub(super) use decode::{Batch, Decoder};

/// Lines of one chunk: large enough that a round trip does not matter, small enough that memory does not.
pub(super) const CHUNK_LINES: usize = 40_000;

/// The columns of a line, in the order the decoder reads them.
const COLUMNS: &str = "l.report_id, l.line_no, l.platform, l.revenue_type, l.sale_from, l.territory, l.currency, \
                       l.amount, l.gross, l.units, l.configuration";

/// Rows as the database sent them, with what they are.
pub(super) struct RawChunk {
    pub(super) parts: Vec<(Part, Vec<QueryResult>)>,
}

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A report, by its position in the selection.
    Report(u32),
    /// What the run before left waiting.
    Waiting,
}

/// Goes through a selection in its fixed order.
pub(super) struct LineReader {
    core: Core,
    ctx: OpContext,
    segments: VecDeque<Segment>,
}

enum Segment {
    Report { position: u32, report: SelectedReport, after: i64 },
    Waiting { previous: PreviousRun, after: i64 },
}

impl LineReader {
    pub(super) fn new(core: Core, ctx: OpContext, selection: &Selection) -> Self {
        let reports = (0u32..)
            .zip(&selection.reports)
            .filter(|(_, report)| report.matched || !report.resolved.is_empty())
            .map(|(position, report)| Segment::Report { position, report: report.clone(), after: 0 });
        let waiting = selection.previous.map(|previous| Segment::Waiting { previous, after: 0 });
        Self { core, ctx, segments: reports.chain(waiting).collect() }
    }

    /// The next chunk; `None` at the end. Lines never change once their report is imported, so every chunk may be
    /// read in a transaction of its own.
    pub(super) async fn next(&mut self) -> Outcome<Option<RawChunk>> {
        if self.segments.is_empty() {
            return Ok(None);
        }
        let tx = self.core.db.tenant_read(&self.ctx).await?;
        let tenant = self.ctx.tenant_id.uuid();
        let mut parts = Vec::new();
        let mut room = CHUNK_LINES;
        while room > 0 {
            let Some(segment) = self.segments.front_mut() else { break };
            let limit = i64::try_from(room).map_err(|_| Failure::internal("chunk size"))?;
            let (part, rows) = match segment {
                Segment::Report { position, report, after } => {
                    let rows = tx.query_all_raw(report_lines(tenant, report, *after, limit)).await.or_fail()?;
                    if let Some(last) = rows.last() {
                        *after = last.try_get("", "line_no").or_fail()?;
                    }
                    (Part::Report(*position), rows)
                }
                Segment::Waiting { previous, after } => {
                    let rows = tx.query_all_raw(waiting_lines(tenant, previous, *after, limit)).await.or_fail()?;
                    if let Some(last) = rows.last() {
                        *after = last.try_get("", "seq").or_fail()?;
                    }
                    (Part::Waiting, rows)
                }
            };
            if rows.len() < room {
                self.segments.pop_front();
            }
            room -= rows.len();
            if !rows.is_empty() {
                parts.push((part, rows));
            }
        }
        Ok((!parts.is_empty()).then_some(RawChunk { parts }))
    }
}

fn report_lines(tenant: Uuid, report: &SelectedReport, after: i64, limit: i64) -> sea_orm::Statement {
    let left_out = if report.excluded {
        " AND NOT EXISTS (SELECT 1 FROM report_line_excluded x
                           WHERE x.tenant_id = $1 AND x.report_id = $3 AND x.line_no = l.line_no)"
    } else {
        ""
    };
    let resolved: Vec<Uuid> = report.resolved.iter().map(|group| group.id.uuid()).collect();
    sql(
        format!(
            "SELECT {COLUMNS}, l.item_kind, l.item_id, l.suspense_id
               FROM revenue_line l
              WHERE l.tenant_id = $1 AND l.accounting_month = $2 AND l.report_id = $3 AND l.line_no > $4
                AND (l.suspense_id IS NULL AND $5 OR l.suspense_id = ANY($6)){left_out}
              ORDER BY l.line_no LIMIT $7"
        ),
        [
            tenant.into(),
            report.month.first_day().into(),
            report.id.uuid().into(),
            after.into(),
            report.matched.into(),
            resolved.into(),
            limit.into(),
        ],
    )
}

fn waiting_lines(tenant: Uuid, previous: &PreviousRun, after: i64, limit: i64) -> sea_orm::Statement {
    sql(
        format!(
            "SELECT {COLUMNS}, s.item_kind, s.item_id, NULL::uuid AS suspense_id, s.seq
               FROM calculation_suspense s
               JOIN revenue_line l ON l.tenant_id = $1 AND l.accounting_month = s.revenue_month
                                  AND l.report_id = s.report_id AND l.line_no = s.report_line_no
              WHERE s.tenant_id = $1 AND s.accounting_month = $2 AND s.run_id = $3 AND s.seq > $4
              ORDER BY s.seq LIMIT $5"
        ),
        [tenant.into(), previous.month.first_day().into(), previous.run_id.uuid().into(), after.into(), limit.into()],
    )
}
