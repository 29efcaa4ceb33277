//! A contract while it is being closed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use kernel::currency::Currency;
use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;
use kernel::money::Rounding;
use kernel::period::Month;
use rust_decimal::Decimal;

use super::claims::Claim;
use super::closing::{
    ClosedCrossing, ClosedDirection, ClosedGuarantee, ClosedHold, ClosedProducer, ClosedProfit, ClosedReserve,
    ClosedStep,
};
use super::minor::Minor;
use super::tree::payees;
use crate::fixed::Pico;
use crate::model::{Contract, ContractVersion, OpenContract, Override};

/// A payee under the contract. What it gets is worked out stage by stage: fields of stages to come are zero.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Account {
    /// Whether a split of the contract names it. Others (recipients of a step, of a letter) share in neither
    /// recoupment nor reserves: the advance is not theirs.
    pub payee: bool,
    /// What its rows earned.
    pub earned: Pico,
    /// What profit share and producer points add or take.
    pub transferred: Pico,
    /// What was entered by hand.
    pub adjusted: Pico,
    /// What steps per period took.
    pub deducted: Pico,
    /// Remainder of earlier roundings.
    pub opening_carry: Pico,
    /// Remainder after the rounding of this period.
    pub closing_carry: Pico,
    /// What was posted.
    pub posted: Minor,
    /// Held back against returns.
    pub reserve_taken: Minor,
    /// What returns took from what was held back.
    pub reserve_consumed: Minor,
    /// Let out of what was held back.
    pub reserve_released: Minor,
    /// Recouped.
    pub recouped: Minor,
    /// Recouped for others.
    pub crossed: Minor,
    /// Added by guarantees.
    pub guaranteed: Minor,
    /// Directed to others.
    pub directed_out: Minor,
    /// Directed to it.
    pub directed_in: Minor,
    /// Kept back by holds.
    pub held: Minor,
    /// Let out by holds.
    pub unheld: Minor,
    /// Unpaid before.
    pub balance: Minor,
}

impl Account {
    /// What is due for the period.
    pub fn due(&self) -> Pico {
        self.earned.plus(self.transferred).plus(self.adjusted).minus(self.deducted)
    }

    /// What becomes payable by the stages so far.
    pub fn payable(&self) -> Minor {
        let reserves = self.reserve_consumed.plus(self.reserve_released).minus(self.reserve_taken);
        let taken = self.recouped.plus(self.crossed).plus(self.directed_out).plus(self.held);
        let given = self.guaranteed.plus(self.directed_in).plus(self.unheld);
        self.posted.plus(reserves).minus(taken).plus(given)
    }

    /// What of it is free: a negative balance is made good first.
    pub fn free(&self) -> Minor {
        self.payable().plus(self.balance.at_most(Minor::ZERO))
    }
}

/// A contract while it is being closed.
pub(super) struct Work<'a> {
    /// Its position among the compiled contracts.
    pub index: u32,
    /// What it says.
    pub contract: &'a Contract,
    /// What earlier periods left.
    pub open: Cow<'a, OpenContract>,
    /// The accounting month.
    pub month: Month,
    /// How amounts are rounded.
    pub rounding: Rounding,
    /// Everybody whom a split of one of its versions names.
    payees: BTreeSet<PartyId>,
    /// Its payees, and whoever else gets something under it.
    pub accounts: BTreeMap<PartyId, Account>,
    /// What is to be recouped: advances and costs that are due.
    pub claims: Vec<Claim>,
    /// What the contract itself recouped of each claim.
    pub recouped: Vec<Minor>,
    /// What others recouped of each claim.
    pub crossed: Vec<Minor>,
    /// What it gave to others.
    pub crossings: Vec<ClosedCrossing>,
    /// Its reserves.
    pub reserves: Vec<ClosedReserve>,
    /// Its guarantees.
    pub guarantees: Vec<ClosedGuarantee>,
    /// Its steps per period.
    pub steps: Vec<ClosedStep>,
    /// Its part of a project.
    pub profit: Option<ClosedProfit>,
    /// Its producer points.
    pub producer: Option<ClosedProducer>,
    /// Its letters.
    pub directions: Vec<ClosedDirection>,
    /// Its holds.
    pub holds: Vec<ClosedHold>,
    /// Its overrides.
    pub overrides: Vec<Override>,
}

impl<'a> Work<'a> {
    /// Begins with the balances that earlier periods left.
    ///
    /// # Errors
    /// [`OutOfRange`] for balances that do not fit.
    pub fn begin(
        index: u32,
        contract: &'a Contract,
        open: Option<&'a OpenContract>,
        month: Month,
        rounding: Rounding,
    ) -> Result<Self, OutOfRange> {
        let open = open.map_or_else(|| Cow::Owned(OpenContract::new(contract.id)), Cow::Borrowed);
        let mut accounts: BTreeMap<PartyId, Account> = BTreeMap::new();
        for before in &open.accounts {
            let account = accounts.entry(before.party_id).or_default();
            account.opening_carry = account.opening_carry.plus(Pico::from_decimal(before.carry)?);
            account.balance = account.balance.plus(Minor::exact(before.balance, contract.currency)?);
        }
        let mut named = BTreeSet::new();
        for version in &contract.versions {
            payees(&version.splits, &mut |party| {
                named.insert(party);
            });
        }
        let mut work = Self {
            index,
            contract,
            open,
            month,
            rounding,
            payees: named,
            accounts,
            claims: Vec::new(),
            recouped: Vec::new(),
            crossed: Vec::new(),
            crossings: Vec::new(),
            reserves: Vec::new(),
            guarantees: Vec::new(),
            steps: Vec::new(),
            profit: None,
            producer: None,
            directions: Vec::new(),
            holds: Vec::new(),
            overrides: Vec::new(),
        };
        let mut parties: Vec<PartyId> = work.accounts.keys().copied().collect();
        parties.extend(work.open.held.iter().map(|one| one.party_id));
        parties.extend(work.open.reserves.iter().map(|one| one.party_id));
        for party in parties {
            work.account(party);
        }
        Ok(work)
    }

    /// The account of a party, made when it is new.
    pub fn account(&mut self, party: PartyId) -> &mut Account {
        let payee = self.payees.contains(&party);
        let account = self.accounts.entry(party).or_default();
        account.payee = payee;
        account
    }

    /// The currency.
    pub fn currency(&self) -> Currency {
        self.contract.currency
    }

    /// The version in force on the last day of the month; the last one before, when none is.
    pub fn version(&self) -> Option<&'a ContractVersion> {
        let last = self.month.last_day();
        let versions = &self.contract.versions;
        versions.iter().rev().find(|version| version.valid_from <= last).or_else(|| versions.first())
    }

    /// Money as a decimal of the contract's currency.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub fn money(&self, amount: Minor) -> Result<Decimal, OutOfRange> {
        amount.decimal(self.currency())
    }

    /// Money that was given as a decimal.
    ///
    /// # Errors
    /// [`OutOfRange`] when it is not in whole minor units.
    pub fn minor(&self, amount: Decimal) -> Result<Minor, OutOfRange> {
        Minor::exact(amount, self.currency())
    }

    /// What the payees of its splits have due, together.
    pub fn due(&self) -> Pico {
        self.accounts.values().filter(|account| account.payee).map(Account::due).sum()
    }
}

/// An exact amount as a decimal without trailing zeros.
///
/// # Errors
/// [`OutOfRange`] beyond 28 digits.
pub(super) fn exact(amount: Pico) -> Result<Decimal, OutOfRange> {
    amount.to_decimal().ok_or(OutOfRange)
}
