//! How a payee's payable came about, step by step, from a closed contract alone.

use kernel::decimal::{OutOfRange, add};
use kernel::ids::{ContractId, PartyId};
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ClaimKey, ClosedAccount, ClosedContract};

/// A step of closing for one payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosingStep {
    /// What it does.
    pub code: ClosingStepCode,
    /// The name of the reserve, guarantee, step, letter, hold, override, project or group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The reason that was given, with who approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The month a reserve was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// The advance or cost that was recouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimKey>,
    /// The other party of a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_id: Option<PartyId>,
    /// The other contract of a crossing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_id: Option<ContractId>,
    /// What the amount was made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<ClosingTerm>,
    /// What the step adds to the payee's total, or takes. Steps that concern all payees of the contract together have
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// The total after the step: exact up to the posting, money from there on.
    pub total: Decimal,
}

/// What a step of closing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClosingStepCode {
    /// The royalty rows.
    Earned,
    /// The project's profit and the contract's share of it.
    ProfitShare,
    /// Royalties of a producer that wait, come out of waiting, or are forgone.
    ProducerPoints,
    /// What profit share or producer points add or take.
    Transferred,
    /// An amount entered by hand.
    Override,
    /// A step of the waterfall per period, of all payees together.
    PeriodStep,
    /// The payee's part of the steps per period.
    Deducted,
    /// The remainder of earlier roundings.
    Carry,
    /// Rounding to the currency's exponent; the difference is carried.
    Posting,
    /// What returns took from a reserve.
    ReserveConsumed,
    /// What was released from a reserve.
    ReserveReleased,
    /// What was held back against returns.
    ReserveTaken,
    /// An advance or cost, recouped from all payees together.
    Claim,
    /// The payee's part of what was recouped.
    Recouped,
    /// What recouped a balance of another contract, from all payees together.
    Crossing,
    /// The payee's part of what was crossed.
    Crossed,
    /// A guarantee that was trued up for all payees together.
    Guarantee,
    /// The payee's part of true-ups.
    Guaranteed,
    /// What a letter of direction gave to somebody else.
    DirectedOut,
    /// What a letter of direction of somebody else gave.
    DirectedIn,
    /// What a hold kept back.
    Held,
    /// What a hold let out.
    Unheld,
    /// What becomes payable.
    Payable,
    /// The unpaid balance, before and after.
    Balance,
}

/// A named amount that goes into a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosingTerm {
    /// Its name, as the field it comes from.
    pub name: String,
    /// The amount.
    pub amount: Decimal,
}

/// The steps so far and the total they lead to.
struct Steps {
    list: Vec<ClosingStep>,
    total: Decimal,
}

impl Steps {
    fn push(&mut self, code: ClosingStepCode) -> &mut ClosingStep {
        self.list.push(ClosingStep {
            code,
            name: None,
            reason: None,
            month: None,
            claim: None,
            party_id: None,
            contract_id: None,
            inputs: Vec::new(),
            amount: None,
            total: self.total,
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// A step that changes the total; none when it changes nothing.
    fn change(&mut self, code: ClosingStepCode, amount: Decimal, name: Option<&str>) -> Result<(), OutOfRange> {
        if amount.is_zero() {
            return Ok(());
        }
        self.total = add(self.total, amount)?;
        let step = self.push(code);
        step.amount = Some(amount);
        step.name = name.map(str::to_owned);
        Ok(())
    }

    /// A step that says what all payees together did.
    fn note(&mut self, code: ClosingStepCode, name: Option<&str>, inputs: &[(&str, Decimal)]) -> &mut ClosingStep {
        let step = self.push(code);
        step.name = name.map(str::to_owned);
        step.inputs =
            inputs.iter().map(|(name, amount)| ClosingTerm { name: (*name).to_owned(), amount: *amount }).collect();
        step
    }
}

impl ClosedContract {
    /// The steps from a payee's rows to what becomes payable; none when the contract has no such payee. The last
    /// total but one is the payable, the last the balance.
    ///
    /// # Errors
    /// [`OutOfRange`] for amounts of more than 28 digits.
    pub fn explain(&self, party: PartyId) -> Result<Option<Vec<ClosingStep>>, OutOfRange> {
        let Some(account) = self.accounts.iter().find(|account| account.party_id == party) else {
            return Ok(None);
        };
        let mut steps = Steps { list: Vec::new(), total: Decimal::ZERO };
        self.due_steps(account, &mut steps)?;
        self.reserve_steps(account, &mut steps)?;
        self.recoupment_steps(account, &mut steps)?;
        self.payment_steps(account, &mut steps)?;
        steps.note(ClosingStepCode::Payable, None, &[("payable", account.payable)]);
        steps.total = account.closing_balance;
        let inputs = [("openingBalance", account.opening_balance), ("payable", account.payable)];
        steps.note(ClosingStepCode::Balance, None, &inputs);
        Ok(Some(steps.list))
    }

    fn due_steps(&self, account: &ClosedAccount, steps: &mut Steps) -> Result<(), OutOfRange> {
        use ClosingStepCode as Code;
        steps.change(Code::Earned, account.earned, None)?;
        if let Some(profit) = &self.profit {
            let inputs = [
                ("income", profit.income),
                ("costs", profit.costs),
                ("overhead", profit.overhead),
                ("result", profit.result),
                ("profit", profit.profit),
                ("share", profit.share),
                ("shared", profit.shared),
            ];
            steps.note(Code::ProfitShare, Some(&profit.project), &inputs);
        }
        if let Some(producer) = &self.producer
            && let Some(one) = producer.waiting.iter().find(|one| one.party_id == account.party_id)
        {
            let inputs = [
                ("recordingCosts", producer.recording_costs),
                ("openingRecouped", producer.opening_recouped),
                ("basis", producer.basis),
                ("closingRecouped", producer.closing_recouped),
                ("waitedBefore", one.opening),
                ("due", one.due),
                ("forgone", one.forgone),
                ("waits", one.closing),
            ];
            steps.note(Code::ProducerPoints, None, &inputs);
        }
        steps.change(Code::Transferred, account.transferred, None)?;
        for one in self.overrides.iter().filter(|one| one.party_id == account.party_id) {
            steps.change(Code::Override, one.amount, Some(&one.name))?;
            if let Some(step) = steps.list.last_mut() {
                step.reason = Some(format!("{} (approved by {})", one.reason, one.approved_by));
            }
        }
        for one in &self.steps {
            steps.note(Code::PeriodStep, Some(&one.name), &[("taken", one.taken)]).party_id = one.recipient;
        }
        steps.change(Code::Deducted, -account.deducted, None)?;
        steps.change(Code::Carry, account.opening_carry, None)?;
        steps.change(Code::Posting, -account.closing_carry, None)
    }

    fn reserve_steps(&self, account: &ClosedAccount, steps: &mut Steps) -> Result<(), OutOfRange> {
        use ClosingStepCode as Code;
        for one in self.reserves.iter().filter(|one| one.party_id == account.party_id) {
            let changes = [
                (Code::ReserveConsumed, one.consumed),
                (Code::ReserveReleased, one.released),
                (Code::ReserveTaken, -one.taken),
            ];
            for (code, amount) in changes.into_iter().filter(|(_, amount)| !amount.is_zero()) {
                steps.change(code, amount, Some(&one.name))?;
                if let Some(step) = steps.list.last_mut() {
                    step.month = Some(one.taken_in);
                }
            }
        }
        Ok(())
    }

    fn recoupment_steps(&self, account: &ClosedAccount, steps: &mut Steps) -> Result<(), OutOfRange> {
        use ClosingStepCode as Code;
        let advances = self.advances.iter().map(|one| {
            let key = ClaimKey::Advance { advance_id: one.advance_id, instalment: one.instalment.clone() };
            (key, one.opening, one.recouped, one.crossed, one.closing)
        });
        let costs = self.costs.iter().map(|one| {
            let key = ClaimKey::Cost { name: one.name.clone() };
            (key, one.opening, one.recouped, one.crossed, one.closing)
        });
        for (key, opening, recouped, crossed, closing) in advances.chain(costs) {
            let inputs = [("opening", opening), ("recouped", recouped), ("crossed", crossed), ("closing", closing)];
            steps.note(Code::Claim, None, &inputs).claim = Some(key);
        }
        self.holds_of(account, steps, true)?;
        steps.change(Code::Recouped, -account.recouped, None)?;
        for one in &self.crossings {
            let step = steps.note(Code::Crossing, Some(&one.group), &[("given", one.amount)]);
            step.claim = Some(one.claim.clone());
            step.contract_id = Some(one.to_contract_id);
        }
        steps.change(Code::Crossed, -account.crossed, None)?;
        for one in self.guarantees.iter().filter(|one| one.due_on.is_some()) {
            let inputs = [
                ("guaranteed", one.guaranteed),
                ("earned", one.earned),
                ("advances", one.advances),
                ("truedUp", one.trued_up),
                ("trueUp", one.true_up),
            ];
            steps.note(Code::Guarantee, Some(&one.name), &inputs);
        }
        steps.change(Code::Guaranteed, account.guaranteed, None)
    }

    fn payment_steps(&self, account: &ClosedAccount, steps: &mut Steps) -> Result<(), OutOfRange> {
        use ClosingStepCode as Code;
        for one in &self.directions {
            let (code, amount, other) = match account.party_id {
                party if party == one.from_party => (Code::DirectedOut, -one.amount, one.to_party),
                party if party == one.to_party => (Code::DirectedIn, one.amount, one.from_party),
                _ => continue,
            };
            if !amount.is_zero() {
                steps.change(code, amount, Some(&one.name))?;
                if let Some(step) = steps.list.last_mut() {
                    step.party_id = Some(other);
                }
            }
        }
        self.holds_of(account, steps, false)
    }

    /// What holds did: those on items before recoupment, the others at the end.
    fn holds_of(&self, account: &ClosedAccount, steps: &mut Steps, items: bool) -> Result<(), OutOfRange> {
        use ClosingStepCode as Code;
        for one in self.holds.iter().filter(|one| one.party_id == account.party_id && one.on_item == items) {
            for (code, amount) in [(Code::Held, -one.held), (Code::Unheld, one.released)] {
                if !amount.is_zero() {
                    steps.change(code, amount, Some(&one.name))?;
                    if let Some(step) = steps.list.last_mut() {
                        step.reason = Some(one.reason.clone());
                    }
                }
            }
        }
        Ok(())
    }
}
