//! The end of a computation: sums, accounts and recoupment, in the one transaction that shows the run as calculated.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::CompiledRules;
use engine::close::Closing;
use engine::model::{Interner, ItemKey};
use engine::outcome::Dimension;
use entity::calculation_run::Column;
use kernel::codes::ItemKind;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RecordingId, ReleaseId, WorkId};
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::approval::change;
use super::compute::Computed;
use super::input::Inputs;
use super::jobs::CalculateRun;
use super::model::{RunState, unknown};
use super::read::find;
use crate::{Core, operations};

/// Rows of one `INSERT`.
const CHUNK: usize = 5_000;

/// The rules in the form the engine reads.
///
/// # Errors
/// `RULES_INVALID` with the first thing that is wrong with them.
pub(super) async fn compile(inputs: &Inputs) -> Outcome<Arc<CompiledRules>> {
    let (rules, rates, scope) = (inputs.rules.clone(), inputs.rates.clone(), inputs.reports.scope());
    tokio::task::spawn_blocking(move || rules.compile(&rates, &scope))
        .await
        .map_err(|error| Failure::internal(format!("compiling the rules: {error}")))?
        .map(Arc::new)
        .map_err(|error| invalid(&error))
}

fn invalid(error: &engine::InvalidRules) -> Failure {
    Failure::refused("RULES_INVALID", error.to_string())
}

/// Closes the accounts and shows the run as calculated.
pub(super) async fn save(
    core: &Core,
    ctx: &OpContext,
    payload: &CalculateRun,
    inputs: &Inputs,
    rules: &CompiledRules,
    computed: Computed,
) -> Outcome<()> {
    let closing = rules.close_period(&computed.summary, &inputs.opening).map_err(|error| invalid(&error))?;
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    let run = find(&tx, payload.run_id).await?.ok_or_else(unknown)?;
    let table = Table { tx: &tx, run: run.id.uuid() };
    table.ranges(rules, &computed).await?;
    table.summaries(rules, &computed).await?;
    table.totals(&computed).await?;
    table.accounts(&closing, &earners(rules, &computed)).await?;
    table.recoupment(&closing).await?;
    let count = |rows: u64| i64::try_from(rows).map_err(|_| Failure::internal("too many lines"));
    let columns = vec![
        (Column::State, Expr::value(RunState::Calculated.as_str())),
        (Column::OutcomeDigest, Expr::value(computed.digest.finish().to_vec())),
        (Column::LineCount, Expr::value(count(computed.lines)?)),
        (Column::RoyaltyLineCount, Expr::value(count(computed.royalty_lines)?)),
        (Column::SuspenseCount, Expr::value(count(computed.suspended)?)),
        (Column::CalculatedAt, Expr::value(now)),
    ];
    if run.state != RunState::Calculating {
        return Err(Failure::conflict("OPERATION_CANCELLED", "The run was discarded."));
    }
    change(&tx, ctx, &run, "run.calculated", columns).await?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}

/// Contract and payee of every account with at least one line.
fn earners(rules: &CompiledRules, computed: &Computed) -> BTreeSet<(Uuid, Uuid)> {
    (0u32..)
        .zip(rules.accounts())
        .filter(|(position, _)| computed.summary.account(*position).rows > 0)
        .filter_map(|(_, account)| {
            let (contract, _) = rules.contract(account.contract)?;
            Some((contract.uuid(), account.party_id.uuid()))
        })
        .collect()
}

/// How a dimension's value is kept: names and codes as they are, items as their public ids.
fn dimension(names: &Interner, dimension: Dimension) -> Outcome<Option<(&'static str, String)>> {
    let lost = || Failure::internal("a sum of something without a name");
    Ok(match dimension {
        Dimension::Account => None,
        Dimension::Item(item) => Some(("ITEM", item_text(names.item_key(item).ok_or_else(lost)?))),
        Dimension::Platform(platform) => Some(("PLATFORM", names.platform_code(platform).ok_or_else(lost)?.to_owned())),
        Dimension::Territory(territory) => Some(("TERRITORY", territory.to_string())),
        Dimension::RevenueType(kind) => Some(("REVENUE_TYPE", kind.as_str().to_owned())),
    })
}

fn item_text(item: ItemKey) -> String {
    match item.kind {
        ItemKind::Recording => RecordingId(item.id).to_string(),
        ItemKind::Work => WorkId(item.id).to_string(),
        ItemKind::Release => ReleaseId(item.id).to_string(),
    }
}

/// The tables of one run's results.
struct Table<'tx> {
    tx: &'tx TenantTx,
    run: Uuid,
}

impl Table<'_> {
    /// `columns` are arrays of equal length, `$3` onwards.
    async fn insert(&self, statement: &str, columns: Vec<Value>) -> Outcome<()> {
        let mut values: Vec<Value> = vec![self.tx.tenant_id().uuid().into(), self.run.into()];
        values.extend(columns);
        self.tx.execute_raw(sql(statement, values)).await.or_fail()?;
        Ok(())
    }

    async fn ranges(&self, rules: &CompiledRules, computed: &Computed) -> Outcome<()> {
        for chunk in computed.ranges.chunks(CHUNK) {
            let (mut parties, mut contracts) = (Vec::with_capacity(chunk.len()), Vec::with_capacity(chunk.len()));
            for range in chunk {
                let (contract, party, _) = account(rules, range.account)?;
                parties.push(party);
                contracts.push(contract);
            }
            let first: Vec<i64> = chunk.iter().map(|range| range.first).collect();
            let last: Vec<i64> = chunk.iter().map(|range| range.last).collect();
            self.insert(
                "INSERT INTO royalty_range (tenant_id, run_id, party_id, contract_id, first_line_no, last_line_no)
                 SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])",
                vec![parties.into(), contracts.into(), first.into(), last.into()],
            )
            .await?;
        }
        Ok(())
    }

    async fn summaries(&self, rules: &CompiledRules, computed: &Computed) -> Outcome<()> {
        for chunk in computed.summary.rows().chunks(CHUNK) {
            let mut sums = Sums::default();
            for row in chunk {
                let Some((name, key)) = dimension(&computed.names, row.dimension)? else { continue };
                let (contract, party, currency) = account(rules, row.account)?;
                sums.parties.push(party);
                sums.contracts.push(contract);
                sums.dimensions.push(name.to_owned());
                sums.keys.push(key);
                sums.currencies.push(currency.to_owned());
                sums.units.push(row.cell.units);
                sums.rows.push(i64::try_from(row.cell.rows).map_err(|_| Failure::internal("too many rows"))?);
                sums.receipts.push(row.cell.receipts.to_decimal().ok_or_else(too_large)?);
                sums.amounts.push(row.cell.amount.to_decimal().ok_or_else(too_large)?);
            }
            self.insert(
                "INSERT INTO royalty_summary
                     (tenant_id, run_id, party_id, contract_id, dimension, key, currency, units, row_count, receipts, amount)
                 SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                                              $8::bigint[], $9::bigint[], $10::numeric[], $11::numeric[])",
                sums.columns(),
            )
            .await?;
        }
        Ok(())
    }

    async fn totals(&self, computed: &Computed) -> Outcome<()> {
        for (currency, total) in &computed.totals.currencies {
            // As texts: a sum over a run may have more digits than a decimal holds.
            self.insert(
                "INSERT INTO run_total (tenant_id, run_id, currency, lines, payees, margin, suspense, line_count)
                 VALUES ($1, $2, $3, $4::text::numeric, $5::text::numeric, $6::text::numeric, $7::text::numeric, $8)",
                vec![
                    currency.code().into(),
                    total.lines.to_string().into(),
                    total.payees.to_string().into(),
                    total.margin.to_string().into(),
                    total.suspense.to_string().into(),
                    i64::try_from(total.line_count).map_err(|_| Failure::internal("too many lines"))?.into(),
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// Accounts that earned, or from which something was recouped; a remainder alone stays in the ledger.
    async fn accounts(&self, closing: &Closing, earners: &BTreeSet<(Uuid, Uuid)>) -> Outcome<()> {
        let mut rows = Accounts::default();
        for contract in &closing.contracts {
            for account in &contract.accounts {
                let key = (contract.contract_id.uuid(), account.party_id.uuid());
                if account.recouped.is_zero() && !earners.contains(&key) {
                    continue;
                }
                rows.contracts.push(key.0);
                rows.parties.push(key.1);
                rows.currencies.push(contract.currency.code().to_owned());
                let amounts = [
                    account.earned,
                    account.opening_carry,
                    account.posted,
                    account.closing_carry,
                    account.recouped,
                    account.payable,
                ];
                for (column, amount) in rows.amounts.iter_mut().zip(amounts) {
                    column.push(amount);
                }
            }
        }
        let mut columns: Vec<Value> = vec![rows.contracts.into(), rows.parties.into(), rows.currencies.into()];
        columns.extend(rows.amounts.map(Value::from));
        self.insert(
            "INSERT INTO run_account (tenant_id, run_id, contract_id, party_id, currency,
                                      earned, opening_carry, posted, closing_carry, recouped, payable)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::numeric[],
                                          $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[])",
            columns,
        )
        .await
    }

    async fn recoupment(&self, closing: &Closing) -> Outcome<()> {
        let (mut contracts, mut advances) = (Vec::new(), Vec::new());
        let mut amounts: [Vec<Decimal>; 3] = Default::default();
        for contract in &closing.contracts {
            for advance in &contract.advances {
                contracts.push(contract.contract_id.uuid());
                advances.push(advance.advance_id.uuid());
                for (column, amount) in amounts.iter_mut().zip([advance.opening, advance.recouped, advance.closing]) {
                    column.push(amount);
                }
            }
        }
        let mut columns: Vec<Value> = vec![contracts.into(), advances.into()];
        columns.extend(amounts.map(Value::from));
        self.insert(
            "INSERT INTO run_recoupment (tenant_id, run_id, contract_id, advance_id, opening, recouped, closing)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::numeric[], $6::numeric[], $7::numeric[])",
            columns,
        )
        .await
    }
}

fn account(rules: &CompiledRules, position: u32) -> Outcome<(Uuid, Uuid, &'static str)> {
    let lost = || Failure::internal("a sum of an unknown account");
    let account = rules.accounts().get(position as usize).ok_or_else(lost)?;
    let (contract, currency) = rules.contract(account.contract).ok_or_else(lost)?;
    Ok((contract.uuid(), account.party_id.uuid(), currency.code()))
}

fn too_large() -> Failure {
    Failure::refused("OUT_OF_RANGE", "A sum of this run has more than 28 digits.")
}

#[derive(Default)]
struct Sums {
    parties: Vec<Uuid>,
    contracts: Vec<Uuid>,
    dimensions: Vec<String>,
    keys: Vec<String>,
    currencies: Vec<String>,
    units: Vec<i64>,
    rows: Vec<i64>,
    receipts: Vec<Decimal>,
    amounts: Vec<Decimal>,
}

impl Sums {
    fn columns(self) -> Vec<Value> {
        vec![
            self.parties.into(),
            self.contracts.into(),
            self.dimensions.into(),
            self.keys.into(),
            self.currencies.into(),
            self.units.into(),
            self.rows.into(),
            self.receipts.into(),
            self.amounts.into(),
        ]
    }
}

#[derive(Default)]
struct Accounts {
    contracts: Vec<Uuid>,
    parties: Vec<Uuid>,
    currencies: Vec<String>,
    amounts: [Vec<Decimal>; 6],
}
