//! The same lines with two sets of rules, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::CompiledRules;
use engine::close::Closing;
use engine::fixed::{Atto, Pico};
use engine::model::{ItemKey, OpenAccount, OpenAdvance, OpenContract, OpeningState};
use engine::outcome::{Dimension, Outcome as Computed, Summary, Totals};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AdvanceId, ContractId, PartyId};
use rust_decimal::Decimal;

use super::compare::{Key, Largest, Rows, changed};
use crate::calculation::compute::Hand;
use crate::calculation::input::Selection;
use crate::calculation::lines::{Batch, Decoder, RawChunk};

/// How many line differences are kept of a simulation.
pub(super) const LINES_KEPT: usize = 1_000;

/// One set of rules at work.
pub(super) struct Side {
    rules: Arc<CompiledRules>,
    decoder: Decoder,
    keys: Vec<Key>,
    totals: Totals,
    summary: Summary,
}

impl Side {
    pub(super) fn new(rules: Arc<CompiledRules>, selection: &Selection) -> Outcome<Self> {
        let keys = rules
            .accounts()
            .iter()
            .map(|account| {
                let (contract, currency) = rules.contract(account.contract)?;
                Some(Key { contract, party: account.party_id, currency })
            })
            .collect::<Option<Vec<Key>>>()
            .ok_or_else(|| Failure::internal("an account without its contract"))?;
        let decoder = Decoder::new(selection, rules.interner());
        Ok(Self { rules, decoder, keys, totals: Totals::default(), summary: Summary::default() })
    }

    fn compute(&mut self, chunk: &RawChunk) -> Outcome<(Batch, Computed)> {
        let batch = self.decoder.decode(chunk)?;
        let mut outcome = self.rules.compute(&batch.lines);
        self.totals.merge(&outcome.totals);
        self.summary.merge(std::mem::take(&mut outcome.summary));
        Ok((batch, outcome))
    }

    fn items(&self) -> Outcome<BTreeMap<(ItemKey, ContractId, Currency), Pico>> {
        let mut items: BTreeMap<_, Pico> = BTreeMap::new();
        for row in self.summary.rows() {
            let Dimension::Item(item) = row.dimension else { continue };
            let item = self.decoder.names().item_key(item);
            let key = self.keys.get(row.account as usize);
            let (item, key) = item.zip(key).ok_or_else(|| Failure::internal("a sum of something without a name"))?;
            let sum = items.entry((item, key.contract, key.currency)).or_default();
            *sum = sum.plus(row.cell.amount);
        }
        Ok(items)
    }

    pub(super) fn close(&self, opening: &OpeningState) -> Outcome<Closing> {
        self.rules
            .close_period(&self.summary, opening)
            .map_err(|error| Failure::refused("RULES_INVALID", error.to_string()))
    }
}

/// Both sides.
pub(super) struct Pair {
    pub(super) before: Side,
    pub(super) after: Side,
    pub(super) largest: Largest,
}

impl Hand for Pair {
    /// How many lines.
    type Made = usize;
    type End = Self;

    fn chunk(&mut self, chunk: RawChunk) -> Outcome<usize> {
        let (batch, old) = self.before.compute(&chunk)?;
        let (_, new) = self.after.compute(&chunk)?;
        drop(chunk);
        let count = u32::try_from(batch.lines.len()).map_err(|_| Failure::internal("a chunk of too many lines"))?;
        let mut last = None;
        let old = Rows { rows: &old.rows, keys: &self.before.keys };
        let new = Rows { rows: &new.rows, keys: &self.after.keys };
        for one in changed(count, old, new) {
            if last != Some(one.line) {
                last = Some(one.line);
                self.largest.count();
            }
            let line = &batch.lines[one.line as usize];
            let report = self.before.decoder.origin(line.report)?.report;
            let line_no = i64::try_from(line.line_no).map_err(|_| Failure::internal("a line number"))?;
            self.largest.add((report, line_no, one.key), one.before, one.after);
        }
        Ok(batch.lines.len())
    }

    fn finish(self) -> Outcome<Self> {
        if self.before.totals.is_conserved() && self.after.totals.is_conserved() {
            return Ok(self);
        }
        Err(Failure::internal("a simulation is not conserved: lines are not payees, margin and suspense"))
    }
}

/// What a payee gets under a contract.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) earned: Decimal,
    pub(super) recouped: Decimal,
    pub(super) payable: Decimal,
}

/// Where the money of lines goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Payees,
    Margin,
    Charges,
    Suspense,
}

impl Part {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Payees => "PAYEES",
            Self::Margin => "MARGIN",
            Self::Charges => "CHARGES",
            Self::Suspense => "SUSPENSE",
        }
    }
}

/// Sums before and after, over all runs.
#[derive(Debug)]
pub(super) struct Differences {
    pub(super) accounts: BTreeMap<Key, (Account, Account)>,
    pub(super) items: BTreeMap<(ItemKey, ContractId, Currency), (Pico, Pico)>,
    pub(super) currencies: BTreeMap<(Currency, Part), (Atto, Atto)>,
    pub(super) largest: Largest,
}

impl Differences {
    pub(super) const fn new() -> Self {
        Self {
            accounts: BTreeMap::new(),
            items: BTreeMap::new(),
            currencies: BTreeMap::new(),
            largest: Largest::new(LINES_KEPT),
        }
    }

    /// Adds a run.
    pub(super) fn add(&mut self, pair: Pair, before: &Closing, after: &Closing) -> Outcome<()> {
        for (closing, is_after) in [(before, false), (after, true)] {
            for contract in &closing.contracts {
                for one in &contract.accounts {
                    let key = Key { contract: contract.contract_id, party: one.party_id, currency: contract.currency };
                    let pair = self.accounts.entry(key).or_default();
                    let sum = if is_after { &mut pair.1 } else { &mut pair.0 };
                    sum.earned = add(sum.earned, one.earned)?;
                    sum.recouped = add(sum.recouped, one.recouped)?;
                    sum.payable = add(sum.payable, one.payable)?;
                }
            }
        }
        for (key, amount) in pair.before.items()? {
            let sum = &mut self.items.entry(key).or_default().0;
            *sum = sum.plus(amount);
        }
        for (key, amount) in pair.after.items()? {
            let sum = &mut self.items.entry(key).or_default().1;
            *sum = sum.plus(amount);
        }
        for (totals, is_after) in [(&pair.before.totals, false), (&pair.after.totals, true)] {
            for (currency, total) in &totals.currencies {
                let parts = [
                    (Part::Payees, total.payees),
                    (Part::Margin, total.margin),
                    (Part::Charges, total.charges),
                    (Part::Suspense, total.suspense),
                ];
                for (part, amount) in parts {
                    let pair = self.currencies.entry((*currency, part)).or_default();
                    let sum = if is_after { &mut pair.1 } else { &mut pair.0 };
                    *sum = sum.plus(amount);
                }
            }
        }
        self.largest.merge(pair.largest);
        Ok(())
    }

    /// Only what differs.
    pub(super) fn only_differences(&mut self) {
        self.accounts.retain(|_, (before, after)| before != after);
        self.items.retain(|_, (before, after)| before != after);
        self.currencies.retain(|_, (before, after)| before != after);
    }
}

fn add(a: Decimal, b: Decimal) -> Outcome<Decimal> {
    kernel::decimal::add(a, b)
        .map_err(|_| Failure::refused("AMOUNT_OUT_OF_RANGE", "The sums of the simulation have more than 28 digits."))
}

/// How far the other history has moved away from the real one: what a month did not recoup is still there in the next.
#[derive(Debug, Default)]
pub(super) struct Drift {
    advances: BTreeMap<(ContractId, AdvanceId), (OpenAdvance, Decimal)>,
    carries: BTreeMap<(ContractId, PartyId), Decimal>,
}

impl Drift {
    /// Notes what both sides closed with.
    pub(super) fn note(&mut self, opening: &OpeningState, before: &Closing, after: &Closing) -> Outcome<()> {
        for open in &opening.contracts {
            for advance in &open.advances {
                let key = (open.contract_id, advance.advance_id);
                self.advances.entry(key).or_insert_with(|| (advance.clone(), Decimal::ZERO));
            }
        }
        self.advances.values_mut().for_each(|(_, drift)| *drift = Decimal::ZERO);
        self.carries.clear();
        for (closing, sign) in [(before, Decimal::NEGATIVE_ONE), (after, Decimal::ONE)] {
            for contract in &closing.contracts {
                for advance in &contract.advances {
                    if let Some((_, drift)) = self.advances.get_mut(&(contract.contract_id, advance.advance_id)) {
                        *drift = add(*drift, advance.closing * sign)?;
                    }
                }
                for account in &contract.accounts {
                    let drift = self.carries.entry((contract.contract_id, account.party_id)).or_default();
                    *drift = add(*drift, account.closing_carry * sign)?;
                }
            }
        }
        Ok(())
    }

    /// The opening state of the next run in the other history.
    pub(super) fn apply(&self, opening: &OpeningState) -> Outcome<OpeningState> {
        let mut contracts: BTreeMap<ContractId, OpenContract> =
            opening.contracts.iter().map(|open| (open.contract_id, open.clone())).collect();
        for ((contract, id), (advance, drift)) in &self.advances {
            if drift.is_zero() {
                continue;
            }
            let open = contracts.entry(*contract).or_insert_with(|| OpenContract::new(*contract));
            match open.advances.iter_mut().find(|one| one.advance_id == *id) {
                Some(known) => known.unrecouped = add(known.unrecouped, *drift)?,
                // Fully recouped in reality, and not here.
                None => open.advances.push(OpenAdvance { unrecouped: *drift, ..advance.clone() }),
            }
            open.advances.retain(|one| one.unrecouped > Decimal::ZERO);
        }
        for ((contract, party), drift) in &self.carries {
            if drift.is_zero() {
                continue;
            }
            let open = contracts.entry(*contract).or_insert_with(|| OpenContract::new(*contract));
            match open.accounts.iter_mut().find(|one| one.party_id == *party) {
                Some(known) => known.carry = add(known.carry, *drift)?,
                None => {
                    let account = OpenAccount { party_id: *party, carry: *drift, balance: Decimal::ZERO };
                    open.accounts.push(account);
                }
            }
        }
        Ok(OpeningState { contracts: contracts.into_values().collect(), ..opening.clone() })
    }
}
