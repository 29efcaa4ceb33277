//! What earlier periods left. Advances, remainders and balances are read from the tables and the ledger, where payments
//! and new advances are as well; reserves, counters, guarantees and whatever else only the engine keeps come from the state
//! that the last finalised run ended with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::model::{OpenAccount, OpenAdvance, OpenContract, OpenCost, OpeningState, Rules};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::ledger::{self, AccountFilter, AccountKind};

#[derive(FromQueryResult)]
struct AdvanceRow {
    contract_id: Uuid,
    id: Uuid,
    paid_on: NaiveDate,
    unrecouped: Decimal,
    instalment: Option<String>,
    priority: i32,
}

/// Reads the open balances of the contracts in the rules.
pub(super) async fn read(tx: &TenantTx, rules: &Rules, month: Month) -> Outcome<OpeningState> {
    let known: BTreeSet<ContractId> = rules.contracts.iter().map(|contract| contract.id).collect();
    let mut contracts: BTreeMap<ContractId, OpenContract> = BTreeMap::new();
    let mut open = |id: ContractId, change: &mut dyn FnMut(&mut OpenContract)| {
        if known.contains(&id) {
            change(contracts.entry(id).or_insert_with(|| OpenContract::new(id)));
        }
    };
    for row in advances(tx).await? {
        open(row.contract_id.into(), &mut |contract| {
            contract.advances.push(OpenAdvance {
                instalment: row.instalment.clone(),
                priority: row.priority,
                ..OpenAdvance::new(row.id.into(), row.paid_on, row.unrecouped.normalize())
            });
        });
    }
    for ((contract_id, party_id), (carry, balance)) in accounts(tx).await? {
        open(contract_id, &mut |contract| {
            contract.accounts.push(OpenAccount { party_id, carry, balance });
        });
    }
    let (state, is_same_month) = state(tx, month).await?;
    for cost in costs(tx).await? {
        open(cost.contract_id.into(), &mut |contract| contract.costs.push(cost.open()));
    }
    for left in state.contracts {
        open(left.contract_id, &mut |contract| {
            // Costs that no table has: true-ups of guarantees that are recoupable.
            let made = left.costs.iter().filter(|cost| !contract.costs.iter().any(|one| one.name == cost.name));
            let made: Vec<OpenCost> = made.cloned().collect();
            contract.costs.extend(made);
            contract.reserves.clone_from(&left.reserves);
            contract.guarantees.clone_from(&left.guarantees);
            contract.counters.clone_from(&left.counters);
            contract.producer.clone_from(&left.producer);
            contract.held.clone_from(&left.held);
            contract.directed.clone_from(&left.directed);
            contract.steps.clone_from(&left.steps);
            if !is_same_month {
                contract.steps.iter_mut().for_each(|step| step.taken_in_period = Decimal::ZERO);
            }
        });
    }
    Ok(OpeningState { contracts: contracts.into_values().collect(), projects: state.projects })
}

#[derive(FromQueryResult)]
struct StateRow {
    next: Vec<u8>,
    accounting_month: NaiveDate,
}

/// The state that the last finalised run ended with, and whether that was a run of this month.
async fn state(tx: &TenantTx, month: Month) -> Outcome<(OpeningState, bool)> {
    let row = StateRow::find_by_statement(sql(
        "SELECT c.next, r.accounting_month
           FROM calculation_run r JOIN run_closing c ON c.tenant_id = $1 AND c.run_id = r.id
          WHERE r.tenant_id = $1 AND r.state = 'FINALISED' ORDER BY r.finalised_at DESC, r.id DESC LIMIT 1",
        [tx.tenant_id().uuid().into()],
    ))
    .one(tx)
    .await
    .or_fail()?;
    let Some(row) = row else { return Ok((OpeningState::default(), false)) };
    Ok((crate::calculation::opened_json(&row.next)?, Month::of(row.accounting_month) == month))
}

#[derive(FromQueryResult)]
struct CostRow {
    contract_id: Uuid,
    name: String,
    cost_type: String,
    incurred_on: NaiveDate,
    amount: Decimal,
    recouped: Decimal,
    priority: i32,
}

impl CostRow {
    fn open(&self) -> OpenCost {
        OpenCost {
            name: self.name.clone(),
            cost_type: self.cost_type.clone(),
            incurred_on: self.incurred_on,
            amount: self.amount.normalize(),
            recouped: self.recouped.normalize(),
            priority: self.priority,
        }
    }
}

/// Costs with what finalised runs have recouped from them. Those that are recouped as far as their type says stay: the
/// engine finds nothing left of them.
async fn costs(tx: &TenantTx) -> Outcome<Vec<CostRow>> {
    CostRow::find_by_statement(sql(
        "SELECT c.contract_id, c.name, c.cost_type, c.incurred_on, c.amount, c.priority,
                coalesce((SELECT sum(d.recouped)
                            FROM run_cost d JOIN calculation_run r ON r.tenant_id = $1 AND r.id = d.run_id
                           WHERE d.tenant_id = $1 AND d.contract_id = c.contract_id AND d.name = c.name
                             AND r.state = 'FINALISED'), 0) AS recouped
           FROM contract_cost c WHERE c.tenant_id = $1 ORDER BY c.contract_id, c.incurred_on, c.id",
        [tx.tenant_id().uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()
}

/// Advances less what finalised runs have recouped from them.
async fn advances(tx: &TenantTx) -> Outcome<Vec<AdvanceRow>> {
    AdvanceRow::find_by_statement(sql(
        "SELECT * FROM (
             SELECT a.contract_id, a.id, a.paid_on, a.instalment, a.priority,
                    a.amount - coalesce((SELECT sum(d.recouped)
                                           FROM run_recoupment d
                                           JOIN calculation_run r ON r.tenant_id = $1 AND r.id = d.run_id
                                          WHERE d.tenant_id = $1 AND d.advance_id = a.id
                                            AND r.state = 'FINALISED'), 0) AS unrecouped
               FROM advance a WHERE a.tenant_id = $1) AS advances
          WHERE unrecouped > 0 ORDER BY contract_id, paid_on, id",
        [tx.tenant_id().uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()
}

type Key = (ContractId, PartyId);

/// Remainder and negative balance per contract and payee, where there is one.
async fn accounts(tx: &TenantTx) -> Outcome<BTreeMap<Key, (Decimal, Decimal)>> {
    let mut accounts: BTreeMap<Key, (Decimal, Decimal)> = BTreeMap::new();
    for kind in [AccountKind::Rounding, AccountKind::RoyaltyPayable] {
        for account in ledger::balances(tx, &AccountFilter { kind: Some(kind), ..AccountFilter::default() }).await? {
            let key = account
                .key
                .contract_id
                .zip(account.key.party_id)
                .ok_or_else(|| Failure::internal(format!("account {} of nobody", account.id)))?;
            if kind == AccountKind::Rounding {
                let carry = account.balance.net_credit().normalize();
                if !carry.is_zero() {
                    accounts.entry(key).or_default().0 = carry;
                }
            } else {
                let balance = account.balance.available_credit().normalize();
                if balance < Decimal::ZERO {
                    accounts.entry(key).or_default().1 = balance;
                }
            }
        }
    }
    Ok(accounts)
}
