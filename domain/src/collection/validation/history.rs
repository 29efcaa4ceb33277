//! The checks of one report, in the transaction that shows it.

use std::collections::BTreeMap;

use entity::revenue_report::Model as Report;
use formats::report::{FileTotals, Outcome as ControlOutcome};
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::check::{Figures, FindingKind, Found, Severity, compare};
use super::expectation::{self, Expectation};
use super::profile::Profile;

/// Items that a finding names; more are counted.
const NAMED: i64 = 50;
/// Rows of one `INSERT`.
const CHUNK: usize = 1_000;

/// Keeps what the report brought, checks it, and keeps what the checks found. Says how many warnings there are.
///
/// # Errors
/// Database failures.
pub(in crate::collection) async fn record(
    tx: &TenantTx,
    report: &Report,
    profile: &Profile,
    file: &FileTotals,
) -> Outcome<usize> {
    let expected = match report.source_id {
        Some(source) => expectation::of(tx, source.into()).await?,
        None => Expectation::default(),
    };
    let id = ReportId(report.id);
    // Those before are looked up before this one is among them.
    let before = earlier(tx, report, expected.history).await?;
    keep_places(tx, id, profile).await?;
    let mut figures = BTreeMap::new();
    let rows = i64::try_from(file.rows).unwrap_or(i64::MAX);
    figures.insert(id, Figures { rows, ..Figures::default() });
    fill(tx, &mut figures).await?;
    let own = figures.remove(&id).unwrap_or_default();

    let mut others: BTreeMap<ReportId, Figures> =
        before.iter().map(|(id, rows)| (*id, Figures { rows: *rows, ..Figures::default() })).collect();
    fill(tx, &mut others).await?;
    let history: Vec<Figures> = before.iter().filter_map(|(id, _)| others.get(id).cloned()).collect();

    let mut found = stated(file);
    found.extend(compare(&own, &history, &expected));
    if let Some(items) = profile.items() {
        let ids: Vec<Uuid> = before.iter().map(|(id, _)| id.uuid()).collect();
        if expected.items && !ids.is_empty() {
            found.extend(items_compared(tx, &items, &ids).await?);
        }
        keep_items(tx, id, items).await?;
    }
    keep(tx, id, &found).await?;
    Ok(found.iter().filter(|one| one.severity == Severity::Warning).count())
}

/// What the file says about itself. A total that differs has refused the file before.
fn stated(file: &FileTotals) -> Vec<Found> {
    let mut found: Vec<Found> = file
        .controls
        .iter()
        .map(|control| {
            let (severity, message) = match control.outcome {
                ControlOutcome::Agrees => (Severity::Passed, "The rows add up to the total that the file states."),
                ControlOutcome::Differs => {
                    (Severity::Warning, "The rows do not add up to the total that the file states.")
                }
                ControlOutcome::NotComparable => (Severity::Note, "The total that the file states cannot be compared."),
            };
            Found::new(FindingKind::ControlTotal, severity, &control.label, message.to_owned())
                .against(&control.stated, &control.computed)
        })
        .collect();
    if file.bad.rows > 0 {
        let message = format!("{} rows could not be read: they are kept, each with its reason.", file.bad.rows);
        let finding = Found::new(FindingKind::UnreadableRows, Severity::Warning, "", message);
        found.push(finding.against("0", file.bad.rows.to_string()));
    }
    found
}

/// The imported reports before this one, newest first, with their rows: of the same source, or without one of the same
/// layout and platform.
async fn earlier(tx: &TenantTx, report: &Report, count: i32) -> Outcome<Vec<(ReportId, i64)>> {
    let rows = tx
        .query_all_raw(sql(
            "SELECT id, row_count FROM revenue_report
             WHERE tenant_id = $1 AND id <> $2 AND state = 'IMPORTED' AND kind = 'FILE'
               AND CASE WHEN $3::uuid IS NULL THEN source_id IS NULL AND layout = $4 AND platform = $5
                        ELSE source_id = $3 AND layout = $4 END
             ORDER BY sale_to DESC NULLS LAST, id DESC LIMIT $6",
            [
                tx.tenant_id().uuid().into(),
                report.id.into(),
                report.source_id.into(),
                report.layout.clone().into(),
                report.platform.clone().into(),
                i64::from(count).into(),
            ],
        ))
        .await
        .or_fail()?;
    rows.iter()
        .map(|row| Ok((ReportId(row.try_get("", "id").or_fail()?), row.try_get("", "row_count").or_fail()?)))
        .collect()
}

/// Territories and amounts of several reports.
async fn fill(tx: &TenantTx, figures: &mut BTreeMap<ReportId, Figures>) -> Outcome<()> {
    let ids: Vec<Uuid> = figures.keys().map(|id| id.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            "SELECT report_id, territory, currency, amount FROM report_territory WHERE tenant_id = $1 AND report_id = ANY($2)",
            [tx.tenant_id().uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    for row in rows {
        let id = ReportId(row.try_get("", "report_id").or_fail()?);
        let Some(one) = figures.get_mut(&id) else { continue };
        let (currency, amount): (String, Decimal) =
            (row.try_get("", "currency").or_fail()?, row.try_get("", "amount").or_fail()?);
        one.territories.insert(row.try_get("", "territory").or_fail()?);
        let sum = one.amounts.entry(currency).or_default();
        *sum = sum.checked_add(amount).ok_or_else(|| Failure::internal("the sums of a report do not fit"))?;
    }
    Ok(())
}

async fn keep_places(tx: &TenantTx, id: ReportId, profile: &Profile) -> Outcome<()> {
    let places: Vec<_> = profile.places.iter().collect();
    for chunk in places.chunks(CHUNK) {
        let (mut territories, mut currencies, mut rows, mut units, mut amounts) =
            (vec![], vec![], vec![], vec![], vec![]);
        for ((territory, currency), place) in chunk {
            territories.push(territory.code().to_owned());
            currencies.push(currency.code().to_owned());
            rows.push(place.rows);
            units.push(place.units);
            amounts.push(place.amount);
        }
        tx.execute_raw(sql(
            "INSERT INTO report_territory (tenant_id, report_id, territory, currency, row_count, unit_count, amount)
             SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::numeric[])",
            [
                tx.tenant_id().uuid().into(),
                id.uuid().into(),
                territories.into(),
                currencies.into(),
                rows.into(),
                units.into(),
                amounts.into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    Ok(())
}

async fn keep_items(tx: &TenantTx, id: ReportId, items: Vec<Uuid>) -> Outcome<()> {
    tx.execute_raw(sql(
        "INSERT INTO report_items (tenant_id, report_id, items) VALUES ($1, $2, $3)",
        [tx.tenant_id().uuid().into(), id.uuid().into(), items.into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

/// Items that every earlier report had and this one lacks, and items that none of them had.
async fn items_compared(tx: &TenantTx, items: &[Uuid], before: &[Uuid]) -> Outcome<Vec<Found>> {
    let rows = tx
        .query_all_raw(sql(
            "WITH old AS (SELECT item, count(*) AS times FROM report_items r, unnest(r.items) AS item
                           WHERE r.tenant_id = $1 AND r.report_id = ANY($3) GROUP BY item),
                  own AS (SELECT unnest($2::uuid[]) AS item),
                  known AS (SELECT count(*) AS reports FROM report_items WHERE tenant_id = $1 AND report_id = ANY($3)),
                  odd AS (SELECT true AS missing, item FROM old
                           WHERE times = (SELECT reports FROM known) AND NOT EXISTS (SELECT 1 FROM own WHERE own.item = old.item)
                          UNION ALL
                          SELECT false, item FROM own
                           WHERE (SELECT reports FROM known) > 0 AND NOT EXISTS (SELECT 1 FROM old WHERE old.item = own.item)),
                  numbered AS (SELECT *, row_number() OVER (PARTITION BY missing ORDER BY item) AS place,
                                      count(*) OVER (PARTITION BY missing) AS of FROM odd)
             SELECT n.missing, n.of,
                    coalesce(r.title || coalesce(' (' || r.isrc || ')', ''), l.title || coalesce(' (' || l.upc || ')', ''),
                             w.title || coalesce(' (' || w.iswc || ')', ''), n.item::text) AS name
             FROM numbered n
             LEFT JOIN recording r ON r.tenant_id = $1 AND r.id = n.item
             LEFT JOIN release l ON l.tenant_id = $1 AND l.id = n.item
             LEFT JOIN work w ON w.tenant_id = $1 AND w.id = n.item
             WHERE n.place <= $4 ORDER BY n.missing DESC, name",
            [tx.tenant_id().uuid().into(), items.to_vec().into(), before.to_vec().into(), NAMED.into()],
        ))
        .await
        .or_fail()?;
    let (mut missing, mut new) = ((0_i64, Vec::new()), (0_i64, Vec::new()));
    for row in rows {
        let of = if row.try_get("", "missing").or_fail()? { &mut missing } else { &mut new };
        of.0 = row.try_get("", "of").or_fail()?;
        of.1.push(row.try_get("", "name").or_fail()?);
    }
    let mut found = Vec::new();
    if missing.0 > 0 {
        let message =
            format!("{} items of every earlier report have no line. Ask whether a part is missing.", missing.0);
        let finding = Found::new(FindingKind::ItemsMissing, Severity::Warning, "", message);
        found.push(Found { details: missing.1, ..finding.against("0", missing.0.to_string()) });
    }
    if new.0 > 0 {
        let message = format!("{} items have lines that no earlier report of this source had.", new.0);
        found.push(Found {
            found: Some(new.0.to_string()),
            details: new.1,
            ..Found::new(FindingKind::ItemsUnexpected, Severity::Note, "", message)
        });
    }
    Ok(found)
}

async fn keep(tx: &TenantTx, id: ReportId, found: &[Found]) -> Outcome<()> {
    for (one, seq) in found.iter().zip(1_i32..) {
        tx.execute_raw(sql(
            "INSERT INTO report_finding (tenant_id, report_id, seq, kind, severity, subject, expected, found, message, details)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                tx.tenant_id().uuid().into(),
                id.uuid().into(),
                seq.into(),
                one.kind.as_str().into(),
                one.severity.as_str().into(),
                one.subject.as_str().into(),
                one.expected.clone().into(),
                one.found.clone().into(),
                one.message.as_str().into(),
                one.details.clone().into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    Ok(())
}
