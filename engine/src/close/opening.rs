//! What may be wrong with an opening state.

use std::collections::BTreeSet;

use kernel::currency::Currency;
use kernel::decimal::{ROYALTY_SCALE, plain};
use kernel::failure::Finding;
use rust_decimal::Decimal;

use crate::check::finding;
use crate::compile::CompiledRules;
use crate::model::{OpenContract, OpeningState};

impl CompiledRules {
    /// Everything that is wrong with an opening state and with the overrides of the run: `CONTRACT_UNKNOWN`,
    /// `CONTRACT_TWICE`, `ADVANCE_NEGATIVE`, `ADVANCE_NOT_MONEY`, `COST_NEGATIVE`, `COST_NOT_MONEY`, `CARRY_TOO_FINE`,
    /// `RESERVE_UNKNOWN`, `HOLD_UNKNOWN`, `BALANCE_NOT_MONEY`, `LOSS_NEGATIVE`, `OVERRIDE_TOO_FINE`.
    #[must_use]
    pub fn check_opening(&self, opening: &OpeningState) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (position, open) in opening.contracts.iter().enumerate() {
            let place = position.to_string();
            let mut report = |code, message: String, rest: &[&str]| {
                let path: Vec<&str> = ["contracts", &place].into_iter().chain(rest.iter().copied()).collect();
                found.push(finding(code, message, &path));
            };
            let Some(contract) = self.rules.contracts.iter().find(|contract| contract.id == open.contract_id) else {
                let message = format!("{} has an opening balance and is not among the rules.", open.contract_id);
                report("CONTRACT_UNKNOWN", message, &["contractId"]);
                continue;
            };
            if !seen.insert(open.contract_id) {
                report("CONTRACT_TWICE", format!("{} has two opening balances.", open.contract_id), &["contractId"]);
            }
            recoupables(open, contract.currency, &mut report);
            balances(open, contract.currency, &mut report);
            for reserve in &open.reserves {
                if !contract.reserves.iter().any(|one| one.name == reserve.name) {
                    let message =
                        format!("Something is held for the reserve `{}`, which the contract lacks.", reserve.name);
                    report("RESERVE_UNKNOWN", message, &["reserves"]);
                }
            }
            for held in &open.held {
                if !self.rules.holds.iter().any(|one| one.name == held.name) {
                    let message = format!(
                        "Something is held for `{}`, which is not among the holds. A hold ends by its last month.",
                        held.name
                    );
                    report("HOLD_UNKNOWN", message, &["held"]);
                }
            }
        }
        for (position, project) in opening.projects.iter().enumerate() {
            if project.loss < Decimal::ZERO {
                let message = format!("The loss of `{}` is {}.", project.project, plain(project.loss));
                found.push(finding("LOSS_NEGATIVE", message, &["projects", &position.to_string(), "loss"]));
            }
        }
        self.check_overrides(&mut found);
        found
    }

    fn check_overrides(&self, found: &mut Vec<Finding>) {
        for (position, one) in self.scope.overrides.iter().enumerate() {
            let place = position.to_string();
            if !self.rules.contracts.iter().any(|contract| contract.id == one.contract_id) {
                let message = format!("{} has an override and is not among the rules.", one.contract_id);
                found.push(finding("CONTRACT_UNKNOWN", message, &["overrides", &place, "contractId"]));
            }
            if one.amount.normalize().scale() > ROYALTY_SCALE {
                let message = format!("The override `{}` has more than {ROYALTY_SCALE} places.", one.name);
                found.push(finding("OVERRIDE_TOO_FINE", message, &["overrides", &place, "amount"]));
            }
        }
    }
}

fn is_money(amount: Decimal, currency: Currency) -> bool {
    amount.normalize().scale() <= currency.exponent()
}

fn recoupables(open: &OpenContract, currency: Currency, report: &mut impl FnMut(&'static str, String, &[&str])) {
    for advance in &open.advances {
        if advance.unrecouped < Decimal::ZERO {
            let message = format!("{} has {} left to recoup.", advance.advance_id, plain(advance.unrecouped));
            report("ADVANCE_NEGATIVE", message, &["advances"]);
        } else if !is_money(advance.unrecouped, currency) {
            let message = format!("{} is not in whole minor units of {currency}.", advance.advance_id);
            report("ADVANCE_NOT_MONEY", message, &["advances"]);
        }
    }
    for cost in &open.costs {
        if cost.amount < Decimal::ZERO || cost.recouped < Decimal::ZERO {
            report("COST_NEGATIVE", format!("The cost `{}` is below zero.", cost.name), &["costs"]);
        } else if !is_money(cost.amount, currency) || !is_money(cost.recouped, currency) {
            let message = format!("The cost `{}` is not in whole minor units of {currency}.", cost.name);
            report("COST_NOT_MONEY", message, &["costs"]);
        }
    }
}

fn balances(open: &OpenContract, currency: Currency, report: &mut impl FnMut(&'static str, String, &[&str])) {
    for account in &open.accounts {
        if account.carry.normalize().scale() > ROYALTY_SCALE || !is_money(account.balance, currency) {
            let message = format!("The balance or remainder of {} has too many places.", account.party_id);
            report("CARRY_TOO_FINE", message, &["accounts"]);
        }
    }
    let reserves = open.reserves.iter().flat_map(|one| [(&one.name, one.taken), (&one.name, one.held)]);
    let held = open.held.iter().map(|one| (&one.name, one.amount));
    let directed = open.directed.iter().map(|one| (&one.name, one.amount));
    for (name, amount) in reserves.chain(held).chain(directed) {
        if amount < Decimal::ZERO || !is_money(amount, currency) {
            let message = format!("`{name}` has {}: not an amount of {currency} from 0 upwards.", plain(amount));
            report("BALANCE_NOT_MONEY", message, &["accounts"]);
        }
    }
}
