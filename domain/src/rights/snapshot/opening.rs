//! What earlier periods left: unrecouped advances, remainders of roundings, negative balances.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::model::{OpenAccount, OpenAdvance, OpenContract, OpeningState, Rules};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId};
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
}

/// Reads the open balances of the contracts in the rules.
pub(super) async fn read(tx: &TenantTx, rules: &Rules) -> Outcome<OpeningState> {
    let known: BTreeSet<ContractId> = rules.contracts.iter().map(|contract| contract.id).collect();
    let mut contracts: BTreeMap<ContractId, OpenContract> = BTreeMap::new();
    let mut open = |id: ContractId, change: &mut dyn FnMut(&mut OpenContract)| {
        if known.contains(&id) {
            change(contracts.entry(id).or_insert_with(|| OpenContract::new(id)));
        }
    };
    for row in advances(tx).await? {
        open(row.contract_id.into(), &mut |contract| {
            contract.advances.push(OpenAdvance::new(row.id.into(), row.paid_on, row.unrecouped.normalize()));
        });
    }
    for ((contract_id, party_id), (carry, balance)) in accounts(tx).await? {
        open(contract_id, &mut |contract| {
            contract.accounts.push(OpenAccount { party_id, carry, balance });
        });
    }
    Ok(OpeningState { contracts: contracts.into_values().collect(), ..OpeningState::default() })
}

/// Advances less what finalised runs have recouped from them.
async fn advances(tx: &TenantTx) -> Outcome<Vec<AdvanceRow>> {
    AdvanceRow::find_by_statement(sql(
        "SELECT * FROM (
             SELECT a.contract_id, a.id, a.paid_on,
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
