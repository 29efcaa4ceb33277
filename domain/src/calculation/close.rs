//! The end of a computation: sums, accounts and recoupment, in the one transaction that shows the run as calculated.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::CompiledRules;
use engine::close::Closing;
use engine::model::{Interner, ItemKey, OpeningState, Rates, Rules, Scope};
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
use super::compute::{self, Computed};
use super::exceptions;
use super::input::{self, Inputs};
use super::jobs::CalculateRun;
use super::model::{RunState, unknown};
use super::read::find;
use crate::{Core, operations};

/// Rows of one `INSERT`.
const CHUNK: usize = 5_000;

/// Rules in the form the engine reads, with the positions of the items of a run.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) rules: Arc<CompiledRules>,
    /// The positions that the rules, the opening state and the lines of the run give to items.
    pub(super) names: Interner,
}

/// The rules of a run, ready to compute its lines: with the opening state, and with every line's place where the order
/// of lines counts (tiers, caps, whole-file charges). That takes passes over the lines; most rules need none.
///
/// # Errors
/// `RULES_INVALID` with the first thing that is wrong with them; database failures.
pub(super) async fn compile(core: &Core, ctx: &OpContext, inputs: &Inputs) -> Outcome<Ready> {
    let (rules, rates, opening) = (inputs.rules.clone(), inputs.rates.clone(), inputs.opening.clone());
    let compiled = compiled(rules, rates, opening, inputs.reports.scope()).await?;
    compute::ordered(core, ctx, &inputs.reports, compiled).await
}

/// The rules without the places of lines.
///
/// # Errors
/// `RULES_INVALID`.
pub(super) async fn compiled(
    rules: Rules,
    rates: Rates,
    opening: OpeningState,
    scope: Scope,
) -> Outcome<CompiledRules> {
    tokio::task::spawn_blocking(move || rules.compile(&rates, &scope).map(|rules| rules.opening(&opening)))
        .await
        .map_err(|error| Failure::internal(format!("compiling the rules: {error}")))?
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
    let next = closing
        .next(rules, &computed.names, &inputs.opening)
        .map_err(|error| Failure::refused("AMOUNT_OUT_OF_RANGE", error.to_string()))?;
    table.closing(&closing, &next).await?;
    table.costs(&closing).await?;
    let found = exceptions::found(&tx, &computed.waiting, &closing).await?;
    exceptions::store(&tx, run.id, found).await?;
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
                "INSERT INTO run_total (tenant_id, run_id, currency, lines, payees, margin, charges, suspense, line_count)
                 VALUES ($1, $2, $3, $4::text::numeric, $5::text::numeric, $6::text::numeric, $7::text::numeric,
                         $8::text::numeric, $9)",
                vec![
                    currency.code().into(),
                    total.lines.to_string().into(),
                    total.payees.to_string().into(),
                    total.margin.to_string().into(),
                    total.charges.to_string().into(),
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
                // Also a balance that changes without a line: what was released, guaranteed, directed.
                let still = account.posted.is_zero() && account.payable.is_zero() && account.recouped.is_zero();
                if still && !earners.contains(&key) {
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
                    account.transferred,
                    account.adjusted,
                    account.deducted,
                    account.reserve_taken,
                    account.reserve_consumed,
                    account.reserve_released,
                    account.crossed,
                    account.guaranteed,
                    account.directed_out,
                    account.directed_in,
                    account.held,
                    account.unheld,
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
                                      earned, opening_carry, posted, closing_carry, recouped, payable, transferred,
                                      adjusted, deducted, reserve_taken, reserve_consumed, reserve_released, crossed,
                                      guaranteed, directed_out, directed_in, held, unheld)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::numeric[], $7::numeric[],
                                          $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[],
                                          $13::numeric[], $14::numeric[], $15::numeric[], $16::numeric[],
                                          $17::numeric[], $18::numeric[], $19::numeric[], $20::numeric[],
                                          $21::numeric[], $22::numeric[], $23::numeric[])",
            columns,
        )
        .await
    }

    async fn closing(&self, closing: &Closing, next: &OpeningState) -> Outcome<()> {
        let documents = [input::packed_json(closing)?, input::packed_json(next)?];
        self.insert(
            "INSERT INTO run_closing (tenant_id, run_id, closing, next) VALUES ($1, $2, $3, $4)",
            documents.map(Value::from).into(),
        )
        .await
    }

    async fn costs(&self, closing: &Closing) -> Outcome<()> {
        let (mut contracts, mut names) = (Vec::new(), Vec::new());
        let mut amounts: [Vec<Decimal>; 3] = Default::default();
        for contract in &closing.contracts {
            for cost in &contract.costs {
                contracts.push(contract.contract_id.uuid());
                names.push(cost.name.clone());
                for (column, amount) in amounts.iter_mut().zip([cost.opening, cost.recouped, cost.closing]) {
                    column.push(amount);
                }
            }
        }
        let mut columns: Vec<Value> = vec![contracts.into(), names.into()];
        columns.extend(amounts.map(Value::from));
        self.insert(
            "INSERT INTO run_cost (tenant_id, run_id, contract_id, name, opening, recouped, closing)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::text[], $5::numeric[], $6::numeric[], $7::numeric[])",
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
    amounts: [Vec<Decimal>; 18],
}
