//! From the work of closing to what is kept of it.

use kernel::decimal::{OutOfRange, add, sub};
use rust_decimal::Decimal;

use super::claims::ClaimKey;
use super::closing::{ClosedAccount, ClosedAdvance, ClosedContract, ClosedCost};
use super::minor::Minor;
use super::work::{Account, Work, exact};

impl Work<'_> {
    /// Writes down what came out.
    ///
    /// # Errors
    /// [`OutOfRange`] for amounts of more than 28 digits.
    pub(super) fn finish(self) -> Result<ClosedContract, OutOfRange> {
        let advances = self.closed_advances()?;
        let costs = self.closed_costs()?;
        let mut accounts = Vec::with_capacity(self.accounts.len());
        for (party_id, account) in &self.accounts {
            let money = |amount: Minor| self.money(amount);
            accounts.push(ClosedAccount {
                party_id: *party_id,
                earned: exact(account.earned)?,
                transferred: exact(account.transferred)?,
                adjusted: exact(account.adjusted)?,
                deducted: exact(account.deducted)?,
                due: exact(account.due())?,
                opening_carry: exact(account.opening_carry)?,
                posted: money(account.posted)?,
                closing_carry: exact(account.closing_carry)?,
                reserve_taken: money(account.reserve_taken)?,
                reserve_consumed: money(account.reserve_consumed)?,
                reserve_released: money(account.reserve_released)?,
                recouped: money(account.recouped)?,
                crossed: money(account.crossed)?,
                guaranteed: money(account.guaranteed)?,
                directed_out: money(account.directed_out)?,
                directed_in: money(account.directed_in)?,
                held: money(account.held)?,
                unheld: money(account.unheld)?,
                payable: money(account.payable())?,
                opening_balance: money(account.balance)?,
                closing_balance: money(account.balance.plus(account.payable()))?,
            });
        }
        let total = |of: fn(&Account) -> Minor| self.money(self.accounts.values().map(of).sum());
        Ok(ClosedContract {
            contract_id: self.contract.id,
            currency: self.currency(),
            posted: total(|account| account.posted)?,
            recouped: total(|account| account.recouped)?,
            advances,
            accounts,
            costs,
            crossings: self.crossings,
            reserves: self.reserves,
            guarantees: self.guarantees,
            steps: self.steps,
            profit: self.profit,
            producer: self.producer,
            directions: self.directions,
            holds: self.holds,
            overrides: self.overrides,
        })
    }

    /// What was recouped of a claim: by the contract itself, and by others.
    fn recouped_of(&self, key: &ClaimKey) -> (Minor, Minor) {
        let position = self.claims.iter().position(|claim| claim.key == *key);
        position.map_or((Minor::ZERO, Minor::ZERO), |at| (self.recouped[at], self.crossed[at]))
    }

    fn closed_advances(&self) -> Result<Vec<ClosedAdvance>, OutOfRange> {
        let mut open: Vec<_> = self.open.advances.iter().collect();
        open.sort_by_key(|one| (one.paid_on, one.advance_id, &one.instalment));
        let closed = open.into_iter().map(|one| {
            let key = ClaimKey::Advance { advance_id: one.advance_id, instalment: one.instalment.clone() };
            let (own, crossed) = self.recouped_of(&key);
            let recouped = self.money(own.plus(crossed))?;
            Ok(ClosedAdvance {
                advance_id: one.advance_id,
                instalment: one.instalment.clone(),
                paid_on: one.paid_on,
                opening: self.money(self.minor(one.unrecouped)?)?,
                recouped,
                crossed: self.money(crossed)?,
                closing: sub(one.unrecouped, recouped)?,
                priority: one.priority,
            })
        });
        closed.collect()
    }

    fn closed_costs(&self) -> Result<Vec<ClosedCost>, OutOfRange> {
        let mut closed = Vec::with_capacity(self.open.costs.len());
        let last = self.month.last_day();
        for cost in &self.open.costs {
            let recoupable = self.recoupable(cost)?;
            let opening = recoupable.minus(self.minor(cost.recouped)?).positive();
            let (own, crossed) = self.recouped_of(&ClaimKey::Cost { name: cost.name.clone() });
            let deducted = self.profit.is_some() && cost.incurred_on <= last;
            let recouped = if deducted { opening } else { own.plus(crossed) };
            closed.push(ClosedCost {
                name: cost.name.clone(),
                cost_type: cost.cost_type.clone(),
                incurred_on: cost.incurred_on,
                amount: self.money(self.minor(cost.amount)?)?,
                recoupable: self.money(recoupable)?,
                opening: self.money(opening)?,
                recouped: self.money(recouped)?,
                crossed: self.money(crossed)?,
                closing: self.money(opening.minus(recouped))?,
                priority: cost.priority,
            });
        }
        closed.sort_by(|a, b| (a.incurred_on, &a.name).cmp(&(b.incurred_on, &b.name)));
        Ok(closed)
    }
}

impl ClosedContract {
    /// The first difference between what must be equal in a closed contract; none when everything adds up: every
    /// account's identities, recouped = what advances and costs got from the contract itself, crossed = crossings,
    /// directed in = directed out.
    ///
    /// # Errors
    /// [`OutOfRange`] for amounts of more than 28 digits.
    pub fn difference(&self) -> Result<Option<Decimal>, OutOfRange> {
        let mut differences = Vec::new();
        let total = |of: fn(&ClosedAccount) -> Decimal| kernel::decimal::sum(self.accounts.iter().map(of));
        for account in &self.accounts {
            differences.extend(account.differences()?);
        }
        let advances = self.advances.iter().map(|one| sub(one.recouped, one.crossed));
        let deducted = |one: &super::ClosedCost| if self.profit.is_some() { Decimal::ZERO } else { one.recouped };
        let costs = self.costs.iter().map(|one| sub(deducted(one), one.crossed));
        let balances = kernel::decimal::sum(advances.chain(costs).collect::<Result<Vec<_>, _>>()?)?;
        differences.push(sub(total(|one| one.recouped)?, balances)?);
        differences.push(sub(self.recouped, balances)?);
        differences.push(sub(total(|one| one.posted)?, self.posted)?);
        let crossings = kernel::decimal::sum(self.crossings.iter().map(|one| one.amount))?;
        differences.push(sub(total(|one| one.crossed)?, crossings)?);
        differences.push(sub(total(|one| one.directed_in)?, total(|one| one.directed_out)?)?);
        let true_ups = kernel::decimal::sum(self.guarantees.iter().map(|one| one.true_up))?;
        differences.push(sub(total(|one| one.guaranteed)?, true_ups)?);
        Ok(differences.into_iter().find(|one| !one.is_zero()))
    }
}

impl ClosedAccount {
    /// The differences of the identities in its description.
    fn differences(&self) -> Result<[Decimal; 4], OutOfRange> {
        let due = sub(add(add(self.earned, self.transferred)?, self.adjusted)?, self.deducted)?;
        let rounded = sub(add(self.due, self.opening_carry)?, add(self.posted, self.closing_carry)?)?;
        let given =
            [self.posted, self.reserve_consumed, self.reserve_released, self.guaranteed, self.directed_in, self.unheld];
        let taken = [self.reserve_taken, self.recouped, self.crossed, self.directed_out, self.held, self.payable];
        let payable = sub(kernel::decimal::sum(given)?, kernel::decimal::sum(taken)?)?;
        let balance = sub(self.closing_balance, add(self.opening_balance, self.payable)?)?;
        Ok([sub(due, self.due)?, rounded, payable, balance])
    }
}
