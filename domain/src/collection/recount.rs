//! What the stages of an operation count, taken from the reports that belong to it: counted again after every file, so
//! that no figure depends on how often something was tried.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::failure::Outcome;
use kernel::ids::OperationId;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::ConnectionTrait;

use crate::operations::{self, Count, Step};

/// Writes steps 4 to 9 of an operation.
///
/// # Errors
/// Database failures.
pub(super) async fn recount(tx: &TenantTx, id: OperationId, now: DateTime<Utc>) -> Outcome<()> {
    let key = || [tx.tenant_id().uuid().into(), id.uuid().into()];
    let row = tx
        .query_one_raw(sql(
            "SELECT count(*) FILTER (WHERE layout IS NOT NULL) AS known,
                    count(*) FILTER (WHERE state = 'IMPORTED') AS imported,
                    coalesce(sum(row_count), 0)::bigint AS rows, coalesce(sum(posted_count), 0)::bigint AS posted,
                    coalesce(sum(suspense_count), 0)::bigint AS suspense, coalesce(sum(error_count), 0)::bigint AS errors,
                    (SELECT count(*) FROM source_file f JOIN source_run r ON r.tenant_id = f.tenant_id AND r.id = f.run_id
                     WHERE f.tenant_id = $1 AND r.tenant_id = $1 AND r.operation_id = $2 AND f.state = 'DUPLICATE') AS twice,
                    (SELECT count(*) FROM report_finding f JOIN revenue_report r ON r.tenant_id = f.tenant_id AND r.id = f.report_id
                     WHERE f.tenant_id = $1 AND r.tenant_id = $1 AND r.operation_id = $2 AND f.severity = 'WARNING') AS unusual
             FROM revenue_report WHERE tenant_id = $1 AND operation_id = $2",
            key(),
        ))
        .await
        .or_fail()?;
    let Some(row) = row else { return Ok(()) };
    let number = |name: &str| row.try_get::<i64>("", name).or_fail();
    let (known, imported, twice) = (number("known")?, number("imported")?, number("twice")?);
    let (rows, posted) = (number("rows")?, number("posted")?);
    let (suspense, errors) = (number("suspense")?, number("errors")?);

    let sums = tx
        .query_all_raw(sql(
            "SELECT t.currency, sum(t.total)::text AS total, sum(t.posted)::text AS posted,
                    sum(t.suspense)::text AS suspense
             FROM report_total t JOIN revenue_report r ON r.tenant_id = t.tenant_id AND r.id = t.report_id
             WHERE t.tenant_id = $1 AND r.tenant_id = $1 AND r.operation_id = $2 GROUP BY t.currency",
            key(),
        ))
        .await
        .or_fail()?;
    let mut total = BTreeMap::new();
    let mut of_posted = BTreeMap::new();
    let mut of_suspense = BTreeMap::new();
    for sum in &sums {
        let currency: String = sum.try_get("", "currency").or_fail()?;
        total.insert(currency.clone(), sum.try_get("", "total").or_fail()?);
        of_posted.insert(currency.clone(), sum.try_get("", "posted").or_fail()?);
        of_suspense.insert(currency, sum.try_get("", "suspense").or_fail()?);
    }
    let none = BTreeMap::new;
    let steps = [
        (Step::InitialValidation, Count { files: known, rows: 0, amounts: none() }),
        (Step::Normalisation, Count { files: imported, rows, amounts: total.clone() }),
        (Step::DeDuplication, Count { files: twice, rows: 0, amounts: none() }),
        (Step::EnhancedValidation, Count { files: imported, rows, amounts: total }),
        (Step::ErrorResolution, Count { files: imported, rows: suspense + errors, amounts: of_suspense }),
        (Step::Staging, Count { files: imported, rows: posted, amounts: of_posted }),
    ];
    let unusual = number("unusual")?;
    for (step, count) in steps {
        let note = (step == Step::EnhancedValidation && unusual > 0).then(|| format!("{unusual} warnings"));
        operations::settle(tx, id, step, &count, note.as_deref(), now).await?;
    }
    Ok(())
}
