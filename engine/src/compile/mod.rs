//! Rules made ready: checked, put in a canonical order, indexed, immutable.
//!
//! Every position (contract, version, participation, term, split, rate) depends on the rules, the rates and the
//! scope alone, never on the order they were given in. So the positions that a royalty row carries can be stored:
//! compiling the recorded inputs again gives them their meaning back.

mod canonical;
mod counters;
mod expand;
mod factor;
mod fx;
mod items;
mod models;
pub(crate) mod opening;
mod reserves;
mod splits;
mod tables;
mod terms;
mod territories;
mod waterfall;

pub(crate) use counters::{CompiledCounter, CounterPer};
pub(crate) use factor::{Factor, Wanted};
pub(crate) use fx::Fx;
pub use fx::{Conversion, ConversionMethod, convert_on};
pub(crate) use models::{Rated, Statutory, Tiers};
pub(crate) use reserves::CompiledReserve;
pub(crate) use splits::{CompiledSplit, Leaf, Next};
pub(crate) use tables::{CompiledRelease, Tables};
pub(crate) use terms::{CompiledFreeGoods, CompiledModel, CompiledTerm};
pub(crate) use territories::number as territory_number;
pub(crate) use waterfall::{CappedStep, CompiledAmount, CompiledStage, Waterfall};

use std::sync::Arc;

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::failure::Finding;
use kernel::ids::{ContractId, ContractVersionId, ParticipationId, PartyId};
use kernel::money::Rounding;
use rustc_hash::FxHashMap;

use crate::check::{validate_rates, validate_rules};
use crate::compute::order::Order;
use crate::model::{HoldTarget, Interner, ItemKey, ItemRef, Rates, Rules, Scope};
use counters::Counters;
use fx::FxTable;
use items::ItemIndex;
use territories::Territories;

/// The rules cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rules have {} findings, the first: {}", .findings.len(), .findings.first().map_or("", |first| first.message.as_str()))]
pub struct InvalidRules {
    /// Everything that is wrong with them.
    pub findings: Vec<Finding>,
}

/// Rules, rates and scope in the form the computation reads.
#[derive(Debug)]
pub struct CompiledRules {
    pub(crate) rules: Rules,
    pub(crate) scope: Scope,
    pub(crate) contracts: Vec<CompiledContract>,
    pub(crate) versions: Vec<CompiledVersion>,
    pub(crate) participations: Vec<CompiledParticipation>,
    pub(crate) terms: Vec<CompiledTerm>,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) items: ItemIndex,
    pub(crate) territories: Territories,
    pub(crate) fx: FxTable,
    pub(crate) tables: Tables,
    pub(crate) counters: Vec<CompiledCounter>,
    /// Where counters stand that the opening state names, by counter above and item below: value and accrual.
    pub(crate) counted: FxHashMap<u64, (i128, i128)>,
    pub(crate) capped: Vec<CappedStep>,
    /// Received dates of the reports, by position.
    pub(crate) received: Vec<NaiveDate>,
    pub(crate) order: Option<Arc<Order>>,
    interner: Interner,
}

/// A contract, ready.
#[derive(Debug)]
pub(crate) struct CompiledContract {
    pub id: ContractId,
    pub currency: Currency,
    /// Column of the exchange table: contract currency and rule.
    pub target: u32,
    pub reserves: Vec<CompiledReserve>,
    /// Whether something is unrecouped when the month begins.
    pub unrecouped: bool,
}

/// A contract version, ready.
#[derive(Debug)]
pub(crate) struct CompiledVersion {
    pub id: ContractVersionId,
    /// Positions of its terms, the most specific first.
    pub terms: std::ops::Range<u32>,
    pub split: CompiledSplit,
    pub waterfall: Waterfall,
    /// Position in its contract, to find the rules again.
    pub position: u32,
}

/// A participation, ready.
#[derive(Debug)]
pub(crate) struct CompiledParticipation {
    pub id: ParticipationId,
    pub contract: u32,
    pub version: u32,
    /// The ratio is `ratio / 10^ratio_scale`.
    pub ratio: u128,
    pub ratio_scale: u32,
    /// The ratio in units of 10⁻¹².
    pub ratio_pico: u64,
    pub ownership: bool,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub territories: u32,
    /// Contract first, then the more specific: the order candidates are tried in.
    pub rank: u64,
    pub fingerprint: u64,
    /// Position in its version, to find the rules again.
    pub position: u32,
}

/// A payee under a contract: what royalties add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Position of the contract.
    pub contract: u32,
    /// The payee.
    pub party_id: PartyId,
}

impl Rules {
    /// Checks and indexes the rules for a run.
    ///
    /// # Errors
    /// [`InvalidRules`] with every finding of [`validate_rules`] and [`validate_rates`], and
    /// `RATE_TOO_FINE` for rates that cannot be combined exactly.
    pub fn compile(&self, rates: &Rates, scope: &Scope) -> Result<CompiledRules, InvalidRules> {
        let mut findings = validate_rules(self);
        findings.extend(validate_rates(rates));
        if !findings.is_empty() {
            return Err(InvalidRules { findings });
        }
        let rules = self.expanded();
        Build::new(canonical::sorted(&rules), scope.clone()).finish(rates).map_err(|findings| InvalidRules { findings })
    }
}

impl CompiledRules {
    /// The rules in canonical order.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What the run reads.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How amounts are rounded at 18 and at 12 places.
    #[must_use]
    pub fn rounding(&self) -> Rounding {
        self.rules.rounding
    }

    /// The positions that the rules name: clone it, intern what the lines bring, and keep it for the run.
    #[must_use]
    pub fn interner(&self) -> Interner {
        self.interner.clone()
    }

    /// The position of an item that the rules name.
    pub(crate) fn item_ref(&self, item: ItemKey) -> Option<ItemRef> {
        self.interner.find_item(item)
    }

    /// The accounts, sorted by contract position and payee. A royalty row names its account by the position.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The exchange rates that the run can use. A royalty row names its rate by the position.
    #[must_use]
    pub fn conversions(&self) -> &[Conversion] {
        self.fx.conversions()
    }

    /// The id and currency of a contract.
    #[must_use]
    pub fn contract(&self, contract: u32) -> Option<(ContractId, Currency)> {
        self.contracts.get(contract as usize).map(|contract| (contract.id, contract.currency))
    }
}

/// The first eight bytes of a hash of an id: what the run digest uses, so that it does not depend on positions.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut first = [0u8; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// The next position of a list. Lists of rules are bounded by the limits, far below 2³².
pub(crate) fn position<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

struct Build {
    compiled: CompiledRules,
    counters: Counters,
}

impl Build {
    fn new(rules: Rules, scope: Scope) -> Self {
        let accounts = canonical::accounts(&rules);
        let mut interner = Interner::default();
        let items = ItemIndex::new(&rules, &mut interner);
        let received = scope.reports.iter().map(|report| report.received_on).collect();
        Self {
            counters: Counters::default(),
            compiled: CompiledRules {
                rules: Rules::default(),
                received,
                tables: Tables::default(),
                counters: Vec::new(),
                counted: FxHashMap::default(),
                capped: Vec::new(),
                order: None,
                scope,
                contracts: Vec::with_capacity(rules.contracts.len()),
                versions: Vec::new(),
                participations: Vec::new(),
                terms: Vec::new(),
                leaves: Vec::new(),
                accounts,
                items,
                territories: Territories::default(),
                fx: FxTable::default(),
                interner,
            },
        }
        .with(rules)
    }

    fn with(mut self, rules: Rules) -> Self {
        let this = &mut self.compiled;
        for contract in &rules.contracts {
            let contract_ix = position(&this.contracts);
            let target = this.fx.target(contract.currency, contract.fx);
            let reserves = contract
                .reserves
                .iter()
                .map(|reserve| CompiledReserve::new(reserve, &mut this.territories, &mut this.interner))
                .collect();
            this.contracts.push(CompiledContract {
                id: contract.id,
                currency: contract.currency,
                target,
                reserves,
                unrecouped: false,
            });
            for (version_position, version) in contract.versions.iter().enumerate() {
                let version_ix = position(&this.versions);
                let first_term = position(&this.terms);
                let plain = version.waterfall.is_empty();
                for term in &version.terms {
                    let mut context = terms::Context {
                        items: &this.items,
                        territories: &mut this.territories,
                        interner: &mut this.interner,
                        counters: &mut self.counters,
                        contract: contract_ix,
                    };
                    this.terms.push(terms::compile(term, plain, &mut context));
                }
                let split = splits::compile(&version.splits, contract_ix, &this.accounts, &mut this.leaves);
                let waterfall = waterfall::compile(
                    &version.waterfall,
                    &mut waterfall::Target {
                        contract: contract_ix,
                        accounts: &this.accounts,
                        leaves: &mut this.leaves,
                        capped: &mut this.capped,
                        territories: &mut this.territories,
                        interner: &mut this.interner,
                    },
                );
                for (position_in_version, participation) in version.participations.iter().enumerate() {
                    let ratio = participation.ratio.get().normalize();
                    let specificity = u64::from(participation.scope.specificity());
                    let from = participation.valid_from.map_or(version.valid_from, |from| from.max(version.valid_from));
                    let ends = [participation.valid_to, version.valid_to];
                    let to = ends.into_iter().flatten().min().unwrap_or(NaiveDate::MAX);
                    let ratio_mantissa = ratio.mantissa().unsigned_abs();
                    let ratio_pico = ratio_mantissa * crate::fixed::POW10[(12 - ratio.scale()) as usize];
                    this.participations.push(CompiledParticipation {
                        id: participation.id,
                        contract: contract_ix,
                        version: version_ix,
                        ratio: ratio_mantissa,
                        ratio_scale: ratio.scale(),
                        ratio_pico: u64::try_from(ratio_pico).unwrap_or(u64::MAX),
                        ownership: participation.kind == crate::model::ParticipationKind::Ownership,
                        from,
                        to,
                        territories: this.territories.intern(&participation.territories),
                        rank: (u64::from(contract_ix) << 8) | (2 - specificity),
                        fingerprint: fingerprint(&[participation.id.uuid().as_bytes()]),
                        position: u32::try_from(position_in_version).unwrap_or(u32::MAX),
                    });
                }
                this.versions.push(CompiledVersion {
                    id: version.id,
                    terms: first_term..position(&this.terms),
                    split,
                    waterfall,
                    position: u32::try_from(version_position).unwrap_or(u32::MAX),
                });
            }
        }
        let ranks: Vec<u64> = this.participations.iter().map(|participation| participation.rank).collect();
        let scopes = rules.contracts.iter().flat_map(|contract| &contract.versions);
        let scopes: Vec<_> = scopes.flat_map(|version| &version.participations).map(|one| one.scope).collect();
        for hold in &rules.holds {
            if let HoldTarget::Item { item } = &hold.target {
                this.interner.item(*item);
            }
        }
        this.items.fill(&scopes, &ranks, &mut this.interner);
        this.tables = Tables::new(&rules, &this.items, &mut this.territories, &mut this.interner);
        this.counters = std::mem::take(&mut self.counters.list);
        this.rules = rules;
        self
    }

    fn finish(self, rates: &Rates) -> Result<CompiledRules, Vec<Finding>> {
        let mut compiled = self.compiled;
        let mut sources: Vec<Currency> = compiled.tables.currencies().collect();
        for term in &compiled.terms {
            match &term.model {
                CompiledModel::PerUnit { currency, .. } => sources.push(*currency),
                CompiledModel::Rated(rated) => rated.currencies(&mut sources),
                CompiledModel::Percentage { .. } => {}
            }
        }
        compiled.fx.fill(rates, &compiled.scope, sources.into_iter())?;
        Ok(compiled)
    }
}
