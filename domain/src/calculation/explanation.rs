//! Why a royalty is what it is: computed again from the run's recorded rules, and equal to what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::explain::Explanation;
use engine::fixed::{Atto, Pico};
use engine::model::{ItemKey, Line, LineDetails};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use kernel::permission::Permission;

use super::close::Ready;
use super::royalty::{RoyaltyLine, RoyaltyLineKey, load};
use super::snapshot_cache::rules_of;
use crate::Core;

/// A royalty line with its derivation.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The line.
    pub key: RoyaltyLineKey,
    /// From the row of the file to the amount.
    pub explanation: Arc<Explanation>,
}

/// The derivations of royalty lines, as far as the actor may see them.
///
/// # Errors
/// `FORBIDDEN`; `INTERNAL` when the computation gives another amount than was stored; database failures.
pub async fn explanations(ctx: &OpContext, core: &Core, keys: &[RoyaltyLineKey]) -> Outcome<Vec<Explained>> {
    ctx.require(Permission::RoyaltyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut wanted: BTreeMap<RunId, Vec<i64>> = BTreeMap::new();
    for key in keys {
        wanted.entry(key.run_id).or_default().push(key.line_no);
    }
    let mut explained = Vec::with_capacity(keys.len());
    for (run, numbers) in wanted {
        let lines = load(&tx, ctx, run, &numbers).await?;
        if lines.is_empty() {
            continue;
        }
        let ready = rules_of(ctx, core, &tx, run).await?;
        let part = tokio::task::spawn_blocking(move || explain(&ready, &lines))
            .await
            .map_err(|error| Failure::internal(format!("explaining: {error}")))??;
        explained.extend(part);
    }
    Ok(explained)
}

fn explain(ready: &Ready, lines: &[RoyaltyLine]) -> Outcome<Vec<Explained>> {
    let rules = &ready.rules;
    let mut names = ready.names.clone();
    lines
        .iter()
        .map(|royalty| {
            let from = &royalty.report_line;
            let changed = |what: &str| Failure::internal(format!("royalty line {}: {what}", royalty.key));
            let report = rules.scope().reports.iter().position(|report| report.id == from.report_id);
            let report = report.and_then(|position| u32::try_from(position).ok());
            let line = Line {
                report: report.ok_or_else(|| changed("its report is not in the run"))?,
                line_no: from.line_no.unsigned_abs(),
                item: names.item(ItemKey { kind: from.item_kind, id: from.item_id }),
                territory: from.territory,
                currency: from.amount.currency,
                amount: from.amount.amount,
                gross: from.gross,
                units: from.units,
                sale_date: from.sale_from,
                platform: names.platform(&from.platform),
                revenue_type: from.revenue_type,
                configuration: from.configuration.as_deref().map(|name| names.configuration(name)),
                details: LineDetails::default(),
            };
            let outcome = rules.compute(&[line]);
            let place = royalty.place;
            let row = outcome
                .rows
                .iter()
                .find(|row| (row.participation, row.split, row.part) == (place.participation, place.split, place.part))
                .ok_or_else(|| changed("its report line does not lead to it"))?;
            let stored = (Atto::from_decimal(royalty.source.amount), Pico::from_decimal(royalty.amount.amount));
            if stored != (Ok(row.source_amount), Ok(row.amount)) {
                return Err(changed("the computation gives another amount"));
            }
            let explanation = rules.explain(&names, &line, row).map_err(|error| changed(&error.to_string()))?;
            Ok(Explained { key: royalty.key, explanation: Arc::new(explanation) })
        })
        .collect()
}
