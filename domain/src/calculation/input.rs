//! What a run computes from: selected once, recorded, and read back by every later attempt and every explanation.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use chrono::NaiveDate;
use engine::model::{Charge, ItemKey, OpeningState, Override, Rates, Report, Rules, Scope, StatedRate};
use entity::run_input;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use kernel::codes::ItemKind;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ReportId, RunId, SuspenseId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The four documents of a run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inputs {
    pub(super) rules: Rules,
    pub(super) rates: Rates,
    pub(super) opening: OpeningState,
    pub(super) reports: Selection,
}

/// Which lines the run reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Selection {
    /// The accounting month.
    pub(super) month: Month,
    /// The run whose waiting lines are taken up: the last one that was finalised.
    pub(super) previous: Option<PreviousRun>,
    /// The reports, by month and id. The engine knows them by their position.
    pub(super) reports: Vec<SelectedReport>,
    /// Lines in all.
    pub(super) lines: i64,
    /// Corrections that a second person approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) overrides: Vec<Override>,
}

/// The run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PreviousRun {
    /// Its id.
    pub(super) run_id: RunId,
    /// Its accounting month: the partition of its waiting lines.
    pub(super) month: Month,
}

/// A report, and what of it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SelectedReport {
    /// The report.
    pub(super) id: ReportId,
    /// Its accounting month: the partition of its lines.
    pub(super) month: Month,
    /// When it was received.
    pub(super) received_on: NaiveDate,
    /// When the provider paid it, if that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) paid_on: Option<NaiveDate>,
    /// The rates that the provider states with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rates: Vec<StatedRate>,
    /// The taxes and fees that the provider kept of the whole report. They count in the run that reports its matched
    /// lines, once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) charges: Vec<Charge>,
    /// Whether its matched lines are read: no finalised run has reported them.
    pub(super) matched: bool,
    /// Whether lines of it are left out because an earlier report has them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) excluded: bool,
    /// Groups of lines that a person has assigned to an item since.
    #[serde(default)]
    pub(super) resolved: Vec<ResolvedGroup>,
}

/// Lines that waited for an item, and the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResolvedGroup {
    /// The group.
    pub(super) id: SuspenseId,
    /// The item.
    pub(super) item: ItemKey,
}

impl Selection {
    /// The scope as the engine reads it.
    pub(super) fn scope(&self) -> Scope {
        let report = |one: &SelectedReport| Report {
            id: one.id,
            received_on: one.received_on,
            paid_on: one.paid_on,
            rates: one.rates.clone(),
            charges: one.charges.clone(),
        };
        Scope {
            month: self.month,
            reports: self.reports.iter().map(report).collect(),
            overrides: self.overrides.clone(),
        }
    }

    /// The days that exchange rates may be asked for beside those of the month.
    pub(super) fn days(&self) -> Vec<NaiveDate> {
        let days: BTreeSet<NaiveDate> =
            self.reports.iter().flat_map(|report| [Some(report.received_on), report.paid_on]).flatten().collect();
        days.into_iter().collect()
    }
}

#[derive(FromQueryResult)]
struct ReportRow {
    id: Uuid,
    accounting_month: NaiveDate,
    received_on: NaiveDate,
    paid_on: Option<NaiveDate>,
    rates: Option<serde_json::Value>,
    charges: Option<serde_json::Value>,
    /// The report that it takes back,
    takes_back: Option<Uuid>,
    /// and the run that reported that one's lines.
    reported_by: Option<Uuid>,
    matched: bool,
    posted_count: i64,
    excluded: bool,
}

#[derive(FromQueryResult)]
struct GroupRow {
    id: Uuid,
    report_id: Uuid,
    item_kind: i16,
    item_id: Uuid,
    row_count: i64,
}

#[derive(FromQueryResult)]
struct PreviousRow {
    id: Uuid,
    accounting_month: NaiveDate,
    suspense_count: i64,
}

/// Selects by reporting status, not only by date, so that late lines are never lost: imported reports that no
/// finalised run has reported, groups resolved since, and what the last finalised run left waiting.
pub(super) async fn select(tx: &TenantTx, month: Month) -> Outcome<Selection> {
    let tenant = tx.tenant_id().uuid();
    let previous = PreviousRow::find_by_statement(sql(
        "SELECT id, accounting_month, suspense_count FROM calculation_run
          WHERE tenant_id = $1 AND state = 'FINALISED' ORDER BY finalised_at DESC, id DESC LIMIT 1",
        [tenant.into()],
    ))
    .one(tx)
    .await
    .or_fail()?;
    let groups = GroupRow::find_by_statement(sql(
        "SELECT g.id, g.report_id, g.item_kind, g.item_id, g.row_count
           FROM suspense_group g
           JOIN revenue_report r ON r.tenant_id = $1 AND r.id = g.report_id
          WHERE g.tenant_id = $1 AND g.state = 'RESOLVED' AND g.calculated_run_id IS NULL
            AND r.state = 'IMPORTED' AND r.accounting_month <= $2
          ORDER BY g.id",
        [tenant.into(), month.first_day().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    // What takes a report back or mends it is converted at that report's own rates. Its charges stay with the report that
    // they were kept of; what takes it back gives them back.
    // Reports of waiting lines are named too: their exchange rate may depend on when they were received.
    let reports = ReportRow::find_by_statement(sql(
        "SELECT r.id, r.accounting_month, r.posted_count, r.excluded_count > 0 AS excluded,
                (coalesce(o.received_at, r.received_at) AT TIME ZONE 'UTC')::date AS received_on,
                r.calculated_run_id IS NULL AND r.accounting_month <= $2 AS matched, p.paid_on, p.rates,
                CASE WHEN o.id IS NULL OR r.kind = 'REVERSAL' THEN p.charges END AS charges,
                CASE WHEN r.kind = 'REVERSAL' THEN o.id END AS takes_back, o.calculated_run_id AS reported_by
           FROM revenue_report r
           LEFT JOIN revenue_report o ON o.tenant_id = $1 AND o.id = r.of_report_id
           LEFT JOIN report_payment p ON p.tenant_id = $1 AND p.report_id = coalesce(o.id, r.id)
          WHERE r.tenant_id = $1 AND r.state = 'IMPORTED'
            AND (r.calculated_run_id IS NULL AND r.accounting_month <= $2
                 OR r.id = ANY($3)
                 OR r.id IN (SELECT s.report_id FROM calculation_suspense s
                              WHERE s.tenant_id = $1 AND s.accounting_month = $4 AND s.run_id = $5))
          ORDER BY r.accounting_month, r.id",
        [
            tenant.into(),
            month.first_day().into(),
            groups.iter().map(|group| group.report_id).collect::<Vec<_>>().into(),
            previous.as_ref().map(|run| run.accounting_month).into(),
            previous.as_ref().map(|run| run.id).into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut reports = reports;
    for report in &mut reports {
        report.charges = given_back(tx, report).await?;
    }
    let overrides = super::overrides::due(tx, month).await?;
    Ok(Selection { overrides, ..selection(month, previous, groups, reports)? })
}

/// The charges of a report, and of what takes one back those that its run has allocated, with the opposite sign.
async fn given_back(tx: &TenantTx, report: &ReportRow) -> Outcome<Option<serde_json::Value>> {
    let Some(original) = report.takes_back else { return Ok(report.charges.clone()) };
    let mut charges: Vec<Charge> = match report.reported_by {
        Some(run) => {
            let inputs = recorded(tx, run.into()).await?;
            let reports = inputs.map(|inputs| inputs.reports.reports).unwrap_or_default();
            reports.into_iter().find(|one| one.id.uuid() == original).map(|one| one.charges).unwrap_or_default()
        }
        None => match &report.charges {
            Some(charges) => serde_json::from_value(charges.clone())
                .map_err(|error| Failure::internal(format!("charges of report {original}: {error}")))?,
            None => Vec::new(),
        },
    };
    for charge in &mut charges {
        charge.amount = -charge.amount;
    }
    Ok(Some(serde_json::to_value(charges).map_err(|error| Failure::internal(format!("charges: {error}")))?))
}

fn selection(
    month: Month,
    previous: Option<PreviousRow>,
    groups: Vec<GroupRow>,
    reports: Vec<ReportRow>,
) -> Outcome<Selection> {
    let mut lines: i64 = previous.as_ref().map_or(0, |run| run.suspense_count);
    let mut selected: Vec<SelectedReport> = Vec::with_capacity(reports.len());
    for report in reports {
        if report.matched {
            lines = lines.saturating_add(report.posted_count);
        }
        let rates = report.rates.map(serde_json::from_value).transpose();
        let rates = rates.map_err(|error| Failure::internal(format!("rates of report {}: {error}", report.id)))?;
        let charges = report.charges.filter(|_| report.matched).map(serde_json::from_value).transpose();
        let charges =
            charges.map_err(|error| Failure::internal(format!("charges of report {}: {error}", report.id)))?;
        selected.push(SelectedReport {
            id: report.id.into(),
            month: Month::of(report.accounting_month),
            received_on: report.received_on,
            paid_on: report.paid_on,
            rates: rates.unwrap_or_default(),
            charges: charges.unwrap_or_default(),
            matched: report.matched,
            excluded: report.excluded,
            resolved: Vec::new(),
        });
    }
    for group in groups {
        let kind = ItemKind::from_number(group.item_kind)
            .ok_or_else(|| Failure::internal(format!("item kind {} of a suspense group", group.item_kind)))?;
        let report = selected
            .iter_mut()
            .find(|report| report.id.uuid() == group.report_id)
            .ok_or_else(|| Failure::internal("a suspense group without its report"))?;
        lines = lines.saturating_add(group.row_count);
        report.resolved.push(ResolvedGroup { id: group.id.into(), item: ItemKey { kind, id: group.item_id } });
    }
    let previous = previous.map(|run| PreviousRun { run_id: run.id.into(), month: Month::of(run.accounting_month) });
    Ok(Selection { month, previous, reports: selected, lines, overrides: Vec::new() })
}

/// The kinds of documents, in the order of the digest over all of them.
const KINDS: [&str; 4] = ["RULES", "RATES", "OPENING", "REPORTS"];

/// The digest over all documents, from those of each: what [`record`] gave. The documents themselves are checked when
/// they are read.
pub(super) async fn recorded_digest(tx: &TenantTx, run: RunId) -> Outcome<[u8; 32]> {
    let rows = run_input::Entity::find()
        .filter(run_input::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(run_input::Column::RunId.eq(run.uuid()))
        .all(tx)
        .await
        .or_fail()?;
    let mut all = blake3::Hasher::new();
    for kind in KINDS {
        let row = rows.iter().find(|row| row.kind == kind);
        all.update(&row.ok_or_else(|| Failure::internal(format!("run {run} has no document {kind}")))?.digest);
    }
    Ok(*all.finalize().as_bytes())
}

/// Records the documents; the digest over all four.
pub(super) async fn record(tx: &TenantTx, run: RunId, inputs: &Inputs) -> Outcome<[u8; 32]> {
    let mut all = blake3::Hasher::new();
    let mut rows = Vec::with_capacity(4);
    let documents =
        [json_of(&inputs.rules)?, json_of(&inputs.rates)?, json_of(&inputs.opening)?, json_of(&inputs.reports)?];
    for (kind, json) in KINDS.into_iter().zip(documents) {
        let digest = blake3::hash(&json);
        all.update(digest.as_bytes());
        rows.push(run_input::ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            run_id: Set(run.uuid()),
            kind: Set(kind.to_owned()),
            document: Set(packed(&json)?),
            digest: Set(digest.as_bytes().to_vec()),
        });
    }
    run_input::Entity::insert_many(rows).exec_without_returning(tx).await.or_fail()?;
    Ok(*all.finalize().as_bytes())
}

/// The recorded documents; `None` when the run has none yet.
pub(super) async fn recorded(tx: &TenantTx, run: RunId) -> Outcome<Option<Inputs>> {
    let rows = run_input::Entity::find()
        .filter(run_input::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(run_input::Column::RunId.eq(run.uuid()))
        .all(tx)
        .await
        .or_fail()?;
    if rows.is_empty() {
        return Ok(None);
    }
    let document = |kind: &str| {
        rows.iter()
            .find(|row| row.kind == kind)
            .ok_or_else(|| Failure::internal(format!("run {run} has no document {kind}")))
    };
    Ok(Some(Inputs {
        rules: opened(document("RULES")?)?,
        rates: opened(document("RATES")?)?,
        opening: opened(document("OPENING")?)?,
        reports: opened(document("REPORTS")?)?,
    }))
}

fn json_of(document: &impl Serialize) -> Outcome<Vec<u8>> {
    serde_json::to_vec(document).map_err(|error| Failure::internal(format!("a run's input as JSON: {error}")))
}

fn packed(json: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(json).and_then(|()| encoder.finish());
    written.map_err(|error| Failure::internal(format!("packing a run's input: {error}")))
}

/// A document as it is stored beside a run.
pub(super) fn packed_json(document: &impl Serialize) -> Outcome<Vec<u8>> {
    packed(&json_of(document)?)
}

/// A document that was stored beside a run.
pub(crate) fn opened_json<T: DeserializeOwned>(document: &[u8]) -> Outcome<T> {
    let mut json = Vec::new();
    GzDecoder::new(document)
        .read_to_end(&mut json)
        .map_err(|error| Failure::internal(format!("unpacking a document of a run: {error}")))?;
    serde_json::from_slice(&json).map_err(|error| Failure::internal(format!("a document of a run: {error}")))
}

fn opened<T: DeserializeOwned>(row: &run_input::Model) -> Outcome<T> {
    let mut json = Vec::new();
    GzDecoder::new(row.document.as_slice())
        .read_to_end(&mut json)
        .map_err(|error| Failure::internal(format!("unpacking {}: {error}", row.kind)))?;
    if blake3::hash(&json).as_bytes() != row.digest.as_slice() {
        return Err(Failure::internal(format!("the recorded {} of run {} were changed", row.kind, row.run_id)));
    }
    serde_json::from_slice(&json).map_err(|error| Failure::internal(format!("reading {}: {error}", row.kind)))
}

/// Whether a run has written its royalty lines: they come in one transaction, so one is all.
pub(super) async fn lines_written(tx: &TenantTx, month: Month, run: RunId) -> Outcome<bool> {
    let row = tx
        .query_one_raw(sql(
            "SELECT EXISTS (SELECT 1 FROM royalty_line
                             WHERE tenant_id = $1 AND accounting_month = $2 AND run_id = $3 LIMIT 1)
                 OR EXISTS (SELECT 1 FROM calculation_suspense
                             WHERE tenant_id = $1 AND accounting_month = $2 AND run_id = $3 LIMIT 1) AS written",
            [tx.tenant_id().uuid().into(), month.first_day().into(), run.uuid().into()],
        ))
        .await
        .or_fail()?;
    row.ok_or_else(|| Failure::internal("EXISTS answers nothing"))?.try_get("", "written").or_fail()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn group(report: Uuid, rows: i64) -> GroupRow {
        GroupRow {
            id: SuspenseId::new().uuid(),
            report_id: report,
            item_kind: ItemKind::Work.number(),
            item_id: Uuid::nil(),
            row_count: rows,
        }
    }

    fn report(matched: bool, posted_count: i64) -> ReportRow {
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        ReportRow {
            id: ReportId::new().uuid(),
            accounting_month: day,
            received_on: day,
            paid_on: None,
            rates: None,
            charges: None,
            takes_back: None,
            reported_by: None,
            matched,
            posted_count,
            excluded: false,
        }
    }

    #[test]
    fn lines_are_counted_and_groups_find_their_report() {
        let (fresh, old) = (report(true, 10), report(false, 100));
        let groups = vec![group(old.id, 3), group(fresh.id, 4)];
        let month = Month::new(2026, 1).unwrap();
        let selection = selection(month, None, groups, vec![fresh, old]).unwrap();
        assert_eq!(selection.lines, 10 + 3 + 4);
        assert_eq!(selection.reports.iter().map(|report| report.resolved.len()).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(selection.scope().reports.len(), 2);
    }

    #[test]
    fn a_document_comes_back_and_a_changed_one_does_not() {
        let month = Month::new(2026, 1).unwrap();
        let selection = Selection { month, previous: None, reports: Vec::new(), lines: 0, overrides: Vec::new() };
        let json = json_of(&selection).unwrap();
        let mut row = run_input::Model {
            tenant_id: Uuid::nil(),
            run_id: Uuid::nil(),
            kind: "REPORTS".to_owned(),
            document: packed(&json).unwrap(),
            digest: blake3::hash(&json).as_bytes().to_vec(),
        };
        assert_eq!(opened::<Selection>(&row).unwrap(), selection);
        row.document = packed(&json_of(&Selection { lines: 1, ..selection }).unwrap()).unwrap();
        assert!(opened::<Selection>(&row).is_err());
    }
}
