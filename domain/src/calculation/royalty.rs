//! Royalty lines: one payee's part of one line of a report.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use kernel::codes::{ItemKind, RevenueType};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, IdError, PartyId, ReportId, RunId};
use kernel::money::Earning;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use kernel::territory::Territory;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::model::{Run, RunState};
use super::read::find;
use crate::Core;

/// What identifies a royalty line: `run_01h…:42`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoyaltyLineKey {
    /// The run.
    pub run_id: RunId,
    /// Its number in the run, from 1.
    pub line_no: i64,
}

impl fmt::Display for RoyaltyLineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.run_id, self.line_no)
    }
}

impl FromStr for RoyaltyLineKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = || IdError::Malformed { got: text.to_owned() };
        let (run, line) = text.split_once(':').ok_or_else(malformed)?;
        let line_no = line.parse().ok().filter(|line_no| *line_no > 0).ok_or_else(malformed)?;
        Ok(Self { run_id: run.parse()?, line_no })
    }
}

/// One payee's part of one line of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct RoyaltyLine {
    /// Its id.
    pub key: RoyaltyLineKey,
    /// The payee.
    pub party_id: PartyId,
    /// The contract.
    pub contract_id: ContractId,
    /// Units.
    pub units: i64,
    /// In the line's currency, at most 18 places.
    pub source: Earning,
    /// In the contract's currency, at most 12 places.
    pub amount: Earning,
    /// What it comes from.
    pub report_line: ReportLine,
    pub(super) place: Place,
}

/// The line of the report behind a royalty.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportLine {
    /// The report.
    pub report_id: ReportId,
    /// The physical line in its file.
    pub line_no: i64,
    /// The platform.
    pub platform: String,
    /// What the money was earned with.
    pub revenue_type: RevenueType,
    /// Where.
    pub territory: Territory,
    /// First day of the sale period.
    pub sale_from: NaiveDate,
    /// Last day of the sale period.
    pub sale_to: NaiveDate,
    /// The kind of item.
    pub item_kind: ItemKind,
    /// The item.
    pub item_id: Uuid,
    /// The amount: net to the tenant.
    pub amount: Earning,
    /// Gross as the platform states it.
    pub gross: Option<Decimal>,
    /// Units.
    pub units: i64,
    /// The product configuration.
    pub configuration: Option<String>,
}

/// Where in the derivation a line stands: enough to find it among the parts of its report line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) participation: u32,
    pub(super) split: u32,
    pub(super) part: u8,
}

/// Which royalty lines of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoyaltyFilter {
    /// Only of this payee.
    pub party_id: Option<PartyId>,
    /// Only under this contract.
    pub contract_id: Option<ContractId>,
}

/// Lists royalty lines of a run in their stored order: by payee within a chunk of report lines. The cursor's value is
/// the line number, its id the run.
///
/// Somebody who sees only their own parties sees only their lines, and only those of finalised runs.
///
/// # Errors
/// `NOT_FOUND`; `BAD_USER_INPUT` for a cursor of another list; `FORBIDDEN`; database failures.
pub async fn royalty_lines(
    ctx: &OpContext,
    core: &Core,
    run_id: RunId,
    filter: RoyaltyFilter,
    page: PageRequest,
) -> Outcome<Page<RoyaltyLine>> {
    ctx.require(Permission::RoyaltyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let run = find(&tx, run_id)
        .await?
        .filter(|run| visible(ctx, run))
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "No such calculation run.").at(["runId"]))?;
    let window = Window::of(&page)?;
    let narrowed = filter.party_id.is_some() || filter.contract_id.is_some() || ctx.party_scope.is_some();
    let ranges = if narrowed { ranges(&tx, ctx, &run, filter, &window).await? } else { window.everything() };
    let rows = lines(&tx, &run, &ranges, &window).await?;
    Ok(Page::from_fetched(rows, &page))
}

/// Looks a royalty line up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn royalty_line(ctx: &OpContext, core: &Core, key: RoyaltyLineKey) -> Outcome<Option<RoyaltyLine>> {
    ctx.require(Permission::RoyaltyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    Ok(load(&tx, ctx, key.run_id, &[key.line_no]).await?.pop())
}

/// Royalty lines of one run by number, as far as the actor may see them.
pub(crate) async fn load(tx: &TenantTx, ctx: &OpContext, run: RunId, numbers: &[i64]) -> Outcome<Vec<RoyaltyLine>> {
    let Some(run) = find(tx, run).await?.filter(|run| visible(ctx, run)) else { return Ok(Vec::new()) };
    let ranges = Ranges { first: numbers.to_vec(), last: numbers.to_vec() };
    let limit = i64::try_from(numbers.len()).map_err(|_| Failure::internal("too many lines asked for"))?;
    let window = Window { after: 0, before: i64::MAX, limit, backwards: false };
    let mut rows = lines(tx, &run, &ranges, &window).await?;
    rows.retain(|row| ctx.sees_party(row.party_id));
    Ok(rows)
}

/// Within a party scope a run exists when it is final; royalties of an unfinished run do not exist at all.
fn visible(ctx: &OpContext, run: &Run) -> bool {
    match run.state {
        RunState::Finalised => true,
        RunState::Calculated | RunState::Approved => ctx.party_scope.is_none(),
        RunState::Queued | RunState::Calculating | RunState::Failed | RunState::Discarded => false,
    }
}

/// Which line numbers a page may show.
struct Window {
    after: i64,
    before: i64,
    limit: i64,
    backwards: bool,
}

impl Window {
    fn of(page: &PageRequest) -> Outcome<Self> {
        let number = |cursor: &Option<kernel::page::Cursor>| {
            cursor
                .as_ref()
                .map(|cursor| cursor.value.parse::<i64>())
                .transpose()
                .map_err(|_| Failure::refused("BAD_USER_INPUT", "This is not a cursor of this list."))
        };
        Ok(Self {
            after: number(&page.after)?.unwrap_or(0),
            before: number(&page.before)?.unwrap_or(i64::MAX),
            limit: i64::try_from(page.size).map_err(|_| Failure::internal("page size"))?.saturating_add(1),
            backwards: page.from_end,
        })
    }

    fn everything(&self) -> Ranges {
        Ranges { first: vec![self.after.saturating_add(1)], last: vec![self.before.saturating_sub(1)] }
    }

    const fn order(&self) -> &'static str {
        if self.backwards { "DESC" } else { "ASC" }
    }
}

/// Line numbers from `first` to `last`, pairwise.
struct Ranges {
    first: Vec<i64>,
    last: Vec<i64>,
}

#[derive(FromQueryResult)]
struct RangeRow {
    first_line_no: i64,
    last_line_no: i64,
}

/// The ranges that can contribute to the page: every range has a line, so as many as there are rows are enough.
async fn ranges(tx: &TenantTx, ctx: &OpContext, run: &Run, filter: RoyaltyFilter, window: &Window) -> Outcome<Ranges> {
    let scope = ctx.party_scope.as_ref().map(|scope| scope.iter().map(|party| party.uuid()).collect::<Vec<_>>());
    let order = window.order();
    let rows = RangeRow::find_by_statement(sql(
        format!(
            "SELECT first_line_no, last_line_no FROM royalty_range
              WHERE tenant_id = $1 AND run_id = $2
                AND ($3::uuid IS NULL OR party_id = $3) AND ($4::uuid IS NULL OR contract_id = $4)
                AND ($5::uuid[] IS NULL OR party_id = ANY($5))
                AND last_line_no > $6 AND first_line_no < $7
              ORDER BY first_line_no {order} LIMIT $8"
        ),
        [
            tx.tenant_id().uuid().into(),
            run.id.uuid().into(),
            filter.party_id.map(|id| id.uuid()).into(),
            filter.contract_id.map(|id| id.uuid()).into(),
            scope.into(),
            window.after.into(),
            window.before.into(),
            window.limit.into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()?;
    Ok(Ranges {
        first: rows.iter().map(|row| row.first_line_no.max(window.after.saturating_add(1))).collect(),
        last: rows.iter().map(|row| row.last_line_no.min(window.before.saturating_sub(1))).collect(),
    })
}

#[derive(FromQueryResult)]
struct Row {
    line_no: i64,
    party_id: Uuid,
    contract_id: Uuid,
    report_id: Uuid,
    report_line_no: i64,
    participation_ix: i32,
    split_ix: i32,
    part: i16,
    units: i64,
    source_amount: Decimal,
    source_currency: String,
    amount: Decimal,
    currency: String,
    platform: String,
    revenue_type: i16,
    item_kind: i16,
    item_id: Uuid,
    sale_from: NaiveDate,
    sale_to: NaiveDate,
    territory: String,
    line_currency: String,
    line_amount: Decimal,
    gross: Option<Decimal>,
    line_units: i64,
    configuration: Option<String>,
}

/// The lines of the page first, then what they come from: both by primary key.
async fn lines(tx: &TenantTx, run: &Run, ranges: &Ranges, window: &Window) -> Outcome<Vec<RoyaltyLine>> {
    if ranges.first.is_empty() {
        return Ok(Vec::new());
    }
    let order = window.order();
    let values: Vec<Value> = vec![
        tx.tenant_id().uuid().into(),
        run.month.first_day().into(),
        run.id.uuid().into(),
        ranges.first.clone().into(),
        ranges.last.clone().into(),
        window.limit.into(),
    ];
    let rows = Row::find_by_statement(sql(
        format!(
            "WITH page AS MATERIALIZED (
                 SELECT l.*
                   FROM unnest($4::bigint[], $5::bigint[]) AS r (first, last)
                   CROSS JOIN LATERAL (
                       SELECT * FROM royalty_line l
                        WHERE l.tenant_id = $1 AND l.accounting_month = $2 AND l.run_id = $3
                          AND l.line_no BETWEEN r.first AND r.last
                        ORDER BY l.line_no {order} LIMIT $6) AS l
                  ORDER BY l.line_no {order} LIMIT $6)
             SELECT p.line_no, p.party_id, p.contract_id, p.report_id, p.report_line_no, p.participation_ix, p.split_ix,
                    p.part, p.units, p.source_amount, p.source_currency, p.amount, p.currency, v.platform,
                    v.revenue_type, coalesce(v.item_kind, g.item_kind) AS item_kind,
                    coalesce(v.item_id, g.item_id) AS item_id, v.sale_from, v.sale_to, v.territory,
                    v.currency AS line_currency, v.amount AS line_amount, v.gross, v.units AS line_units,
                    v.configuration
               FROM page p
               JOIN revenue_line v ON v.tenant_id = $1 AND v.accounting_month = p.revenue_month
                                  AND v.report_id = p.report_id AND v.line_no = p.report_line_no
               LEFT JOIN suspense_group g ON g.tenant_id = $1 AND g.id = v.suspense_id
              ORDER BY p.line_no {order}"
        ),
        values,
    ))
    .all(tx)
    .await
    .or_fail()?;
    rows.into_iter().map(|row| row.line(run.id)).collect()
}

impl Row {
    fn line(self, run_id: RunId) -> Outcome<RoyaltyLine> {
        let wrong = |what: &str| Failure::internal(format!("{what} of royalty line {run_id}:{}", self.line_no));
        let earning = |amount: Decimal, code: &str| {
            Ok(Earning { amount: amount.normalize(), currency: Currency::parse(code).map_err(|_| wrong("currency"))? })
        };
        let position = |value: i32| u32::try_from(value).map_err(|_| wrong("position"));
        Ok(RoyaltyLine {
            key: RoyaltyLineKey { run_id, line_no: self.line_no },
            party_id: self.party_id.into(),
            contract_id: self.contract_id.into(),
            units: self.units,
            source: earning(self.source_amount, &self.source_currency)?,
            amount: earning(self.amount, &self.currency)?,
            place: Place {
                participation: position(self.participation_ix)?,
                split: position(self.split_ix)?,
                part: u8::try_from(self.part).map_err(|_| wrong("part"))?,
            },
            report_line: ReportLine {
                report_id: self.report_id.into(),
                line_no: self.report_line_no,
                revenue_type: RevenueType::from_number(self.revenue_type).ok_or_else(|| wrong("revenue type"))?,
                territory: Territory::parse(&self.territory).map_err(|_| wrong("territory"))?,
                sale_from: self.sale_from,
                sale_to: self.sale_to,
                item_kind: ItemKind::from_number(self.item_kind).ok_or_else(|| wrong("item kind"))?,
                item_id: self.item_id,
                amount: earning(self.line_amount, &self.line_currency)?,
                gross: self.gross.map(|gross| gross.normalize()),
                units: self.line_units,
                platform: self.platform,
                configuration: self.configuration,
            },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        let key = RoyaltyLineKey { run_id: RunId::new(), line_no: 42 };
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "run_x:1", &format!("{}:0", key.run_id), &format!("{}:-1", key.run_id), &key.run_id.to_string()]
        {
            assert!(bad.parse::<RoyaltyLineKey>().is_err(), "{bad}");
        }
    }
}
