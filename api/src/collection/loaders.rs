//! Batch loading of what belongs to reports.

use std::collections::HashMap;

use domain::Core;
use domain::collection as revenue;
use domain::operations as long_work;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{OperationId, ReportId};

use crate::frame::loader::Batch;

/// Operations by id.
pub struct Operations;

impl Batch for Operations {
    type Key = OperationId;
    type Value = long_work::Operation;

    async fn load(ctx: &OpContext, core: &Core, keys: &[OperationId]) -> Outcome<HashMap<OperationId, Self::Value>> {
        Ok(long_work::get_many(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Reports by id.
pub struct Reports;

impl Batch for Reports {
    type Key = ReportId;
    type Value = revenue::RevenueReport;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        Ok(revenue::reports_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Sums by report.
pub struct Totals;

impl Batch for Totals {
    type Key = ReportId;
    type Value = Vec<revenue::ReportTotalRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        let mut found: HashMap<ReportId, Self::Value> = HashMap::new();
        for row in revenue::report_totals(ctx, core, keys).await? {
            found.entry(row.report_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// What the checks found, by report.
pub struct Validations;

impl Batch for Validations {
    type Key = ReportId;
    type Value = revenue::Validation;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        Ok(revenue::report_validations(ctx, core, keys).await?.into_iter().collect())
    }
}

/// Control totals by report.
pub struct ControlTotals;

impl Batch for ControlTotals {
    type Key = ReportId;
    type Value = Vec<revenue::ControlTotal>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        let mut found: HashMap<ReportId, Self::Value> = HashMap::new();
        for total in revenue::control_totals_of_reports(ctx, core, keys).await? {
            for report in &total.reports {
                found.entry(*report).or_default().push(total.clone());
            }
        }
        Ok(found)
    }
}

/// Skipped rows by report.
pub struct Skips;

impl Batch for Skips {
    type Key = ReportId;
    type Value = Vec<revenue::ReportSkipRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        let mut found: HashMap<ReportId, Self::Value> = HashMap::new();
        for row in revenue::report_skips(ctx, core, keys).await? {
            found.entry(row.report_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// What held reports repeat, by report.
pub struct Duplicates;

impl Batch for Duplicates {
    type Key = ReportId;
    type Value = Vec<revenue::Duplicate>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReportId]) -> Outcome<HashMap<ReportId, Self::Value>> {
        let mut found: HashMap<ReportId, Self::Value> = HashMap::new();
        for row in revenue::report_duplicates(ctx, core, keys).await? {
            found.entry(row.report_id).or_default().push(row);
        }
        Ok(found)
    }
}
