//! What the checks found, read.

use std::collections::BTreeMap;

use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;

use super::check::{FindingKind, Severity};
use crate::Core;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub kind: FindingKind,
    /// How much somebody should look.
    pub severity: Severity,
    /// The territory, the currency, the total of the file; empty for the report.
    pub subject: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What was found.
    pub found: Option<String>,
    /// What it means, for a person.
    pub message: String,
    /// Names of items, the first fifty.
    pub details: Vec<String>,
}

/// What a report adds up to in a territory and currency: posted and waiting lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TerritoryRow {
    /// Two letters; `ZZ` where the file does not say.
    pub territory: String,
    /// The currency.
    pub currency: Currency,
    /// Lines.
    pub rows: i64,
    /// Units.
    pub units: i64,
    /// Net to us.
    pub amount: Decimal,
}

/// The checks of one report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// What the checks found, in their order.
    pub findings: Vec<Finding>,
    /// What it adds up to by territory, largest first.
    pub territories: Vec<TerritoryRow>,
}

impl Validation {
    /// How many findings are warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning).count()
    }
}

/// The checks of several reports, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report_validations(
    ctx: &OpContext,
    core: &Core,
    ids: &[ReportId],
) -> Outcome<BTreeMap<ReportId, Validation>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    several(&tx, ids).await
}

pub(super) async fn several(tx: &TenantTx, ids: &[ReportId]) -> Outcome<BTreeMap<ReportId, Validation>> {
    let strange = |text: String| Failure::internal(format!("an unknown finding `{text}`"));
    let key = || -> [sea_orm::Value; 2] {
        [tx.tenant_id().uuid().into(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>().into()]
    };
    let mut found: BTreeMap<ReportId, Validation> = BTreeMap::new();
    let rows = tx
        .query_all_raw(sql(
            "SELECT report_id, kind, severity, subject, expected, found, message, details
             FROM report_finding WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY report_id, seq",
            key(),
        ))
        .await
        .or_fail()?;
    for row in rows {
        let id = ReportId(row.try_get("", "report_id").or_fail()?);
        let (kind, severity): (String, String) =
            (row.try_get("", "kind").or_fail()?, row.try_get("", "severity").or_fail()?);
        found.entry(id).or_default().findings.push(Finding {
            kind: FindingKind::ALL.iter().copied().find(|one| one.as_str() == kind).ok_or_else(|| strange(kind))?,
            severity: [Severity::Passed, Severity::Note, Severity::Warning]
                .into_iter()
                .find(|one| one.as_str() == severity)
                .ok_or_else(|| strange(severity))?,
            subject: row.try_get("", "subject").or_fail()?,
            expected: row.try_get("", "expected").or_fail()?,
            found: row.try_get("", "found").or_fail()?,
            message: row.try_get("", "message").or_fail()?,
            details: row.try_get("", "details").or_fail()?,
        });
    }
    let rows = tx
        .query_all_raw(sql(
            "SELECT report_id, territory, currency, row_count, unit_count, amount FROM report_territory
             WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY report_id, currency, amount DESC, territory",
            key(),
        ))
        .await
        .or_fail()?;
    for row in rows {
        let id = ReportId(row.try_get("", "report_id").or_fail()?);
        let currency: String = row.try_get("", "currency").or_fail()?;
        found.entry(id).or_default().territories.push(TerritoryRow {
            territory: row.try_get("", "territory").or_fail()?,
            currency: Currency::parse(&currency).map_err(|error| Failure::internal(error.to_string()))?,
            rows: row.try_get("", "row_count").or_fail()?,
            units: row.try_get("", "unit_count").or_fail()?,
            amount: row.try_get("", "amount").or_fail()?,
        });
    }
    Ok(found)
}
