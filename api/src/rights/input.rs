//! What a contract shall say, as input. Everything that is malformed is found at once, with its place.

use async_graphql::{ID, InputObject, OneofObject};
use domain::rights::rules::{self, ItemScope};
use domain::rights::{NamedTerm, VersionFacts};
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::{GroupId, ParticipationId, RecordingId, ReleaseId, SplitId, TermId, WorkId};
use kernel::ratio::Ratio;

use super::deductions::{TermDeductionInput, TermReductionInput};
use super::models::RoyaltyModelInput;
use super::types::{ParticipationKind, RoyaltyBase};
use super::waterfall::{PhysicalInput, WaterfallStepInput};
use crate::frame::ids;
use crate::frame::scalars::{CurrencyCode, Date, Decimal, TerritoryCode};
use crate::frame::trade::RevenueType;

/// Which items: exactly one. Left out: every item (of the contract, in a term; of the tenant, in a participation).
#[derive(OneofObject)]
pub enum ItemsInput {
    /// One recording.
    RecordingId(ID),
    /// One work.
    WorkId(ID),
    /// One release.
    ReleaseId(ID),
    /// The items of a group.
    GroupId(ID),
}

/// Countries, or everywhere but some. Both lists empty: the world.
#[derive(InputObject, Default)]
pub struct TerritorySetInput {
    /// Only these; empty: every territory.
    #[graphql(default)]
    include: Vec<TerritoryCode>,
    /// Not these.
    #[graphql(default)]
    exclude: Vec<TerritoryCode>,
    /// Names of territory groups whose members belong to it.
    #[graphql(default)]
    include_groups: Vec<String>,
    /// Names of territory groups whose members do not.
    #[graphql(default)]
    exclude_groups: Vec<String>,
}

impl From<TerritorySetInput> for rules::TerritorySet {
    fn from(input: TerritorySetInput) -> Self {
        Self {
            include: input.include.into_iter().map(Into::into).collect(),
            exclude: input.exclude.into_iter().map(Into::into).collect(),
            include_groups: input.include_groups,
            exclude_groups: input.exclude_groups,
        }
    }
}

/// Which share of an item's revenue enters the contract.
#[derive(InputObject)]
pub struct ParticipationInput {
    /// The items; the whole catalogue when not given.
    items: Option<ItemsInput>,
    /// The share, above 0 to 1.
    ratio: Decimal,
    /// Ownership or an obligation.
    kind: ParticipationKind,
    /// Where; the world when not given.
    territories: Option<TerritorySetInput>,
    /// First sale date; as the version when not given.
    valid_from: Option<Date>,
    /// Last sale date; as the version when not given.
    valid_to: Option<Date>,
}

/// Which lines a term matches. What is left out matches everything.
#[derive(InputObject, Default)]
pub struct TermMatchInput {
    /// The items.
    items: Option<ItemsInput>,
    /// Where.
    territories: Option<TerritorySetInput>,
    /// Platforms as report lines name them.
    #[graphql(default)]
    platforms: Vec<String>,
    /// What the money was earned with.
    #[graphql(default)]
    revenue_types: Vec<RevenueType>,
    /// Product configurations.
    #[graphql(default)]
    configurations: Vec<String>,
    /// Price categories, as report lines name them.
    #[graphql(default)]
    price_categories: Vec<String>,
}

/// A part of a base.
#[derive(InputObject)]
pub struct PercentageInput {
    /// Of what.
    pub base: RoyaltyBase,
    /// The rate, from 0 to 1; 0 is a rate.
    pub ratio: Decimal,
}

/// A fixed amount per unit.
#[derive(InputObject)]
pub struct PerUnitInput {
    /// The amount per unit, at most 12 decimal places, not negative.
    pub amount: Decimal,
    /// Its currency.
    pub currency: CurrencyCode,
}

/// IF a line matches THEN this is how its royalty is computed.
#[derive(InputObject)]
pub struct TermInput {
    /// The label that statements print.
    name: String,
    /// Decides between terms of equal specificity; the higher wins.
    #[graphql(default)]
    priority: i32,
    /// Which lines; all when not given.
    #[graphql(name = "match")]
    matches: Option<TermMatchInput>,
    /// How.
    model: RoyaltyModelInput,
    /// Taken off the base before the rate, in this order.
    #[graphql(default)]
    deductions: Vec<TermDeductionInput>,
    /// Factors of the rate for the lines they match.
    #[graphql(default)]
    reductions: Vec<TermReductionInput>,
    /// Packaging, free goods, net sales.
    physical: Option<PhysicalInput>,
    /// First sale date; as the version when not given.
    valid_from: Option<Date>,
    /// Last sale date; as the version when not given.
    valid_to: Option<Date>,
}

/// A place in the split. The ratios of every level total exactly 1.
#[derive(InputObject)]
pub struct SplitInput {
    /// Who.
    party_id: ID,
    /// The share of the level above.
    ratio: Decimal,
    /// Who shares it in turn; with children nothing stays with the party itself.
    #[graphql(default)]
    children: Vec<SplitInput>,
}

/// What a contract says during a period of sale dates.
#[derive(InputObject)]
pub struct ContractVersionInput {
    /// First sale date.
    valid_from: Date,
    /// Last sale date; open when not given.
    valid_to: Option<Date>,
    /// Which share of which item's revenue enters the contract.
    #[graphql(default)]
    participations: Vec<ParticipationInput>,
    /// How the royalty is computed.
    #[graphql(default)]
    terms: Vec<TermInput>,
    /// Names of the rate cards whose terms hold as well.
    #[graphql(default)]
    rate_cards: Vec<String>,
    /// What comes off, and who gets it, in order.
    #[graphql(default)]
    waterfall: Vec<WaterfallStepInput>,
    /// How it is divided over payees.
    #[graphql(default)]
    splits: Vec<SplitInput>,
}

/// Notes every failure with its place instead of stopping at the first.
#[derive(Default)]
pub struct Notes(pub Vec<Finding>);

impl Notes {
    /// What succeeded; what failed is noted.
    pub fn take<T>(&mut self, outcome: Outcome<T>) -> Option<T> {
        outcome.map_err(|failure| self.0.extend(failure.findings)).ok()
    }

    /// Notes that the input contradicts itself.
    pub fn refuse<T>(&mut self, path: &[String], message: &str) -> Option<T> {
        self.take(Err(Failure::refused("BAD_USER_INPUT", message).at(path.iter().cloned())))
    }

    /// A ratio, or that it is none.
    pub fn ratio(&mut self, ratio: Decimal, path: &[String]) -> Option<Ratio> {
        let refused = |error: kernel::ratio::NotARatio| {
            Failure::refused("RATIO_OUT_OF_BOUNDS", format!("{error}.")).at(path.iter().cloned())
        };
        self.take(Ratio::new(ratio.into()).map_err(refused))
    }

    /// Which items.
    pub fn scope(&mut self, items: Option<ItemsInput>, path: &[String]) -> Option<ItemScope> {
        let at = |field: &str| under(path, &["items", field]);
        let scope = match items {
            None => Ok(ItemScope::All),
            Some(ItemsInput::RecordingId(id)) => {
                ids::parse::<RecordingId>(&id, at("recordingId")).map(|id| ItemScope::Item(id.into()))
            }
            Some(ItemsInput::WorkId(id)) => {
                ids::parse::<WorkId>(&id, at("workId")).map(|id| ItemScope::Item(id.into()))
            }
            Some(ItemsInput::ReleaseId(id)) => {
                ids::parse::<ReleaseId>(&id, at("releaseId")).map(|id| ItemScope::Item(id.into()))
            }
            Some(ItemsInput::GroupId(id)) => ids::parse::<GroupId>(&id, at("groupId")).map(ItemScope::Group),
        };
        self.take(scope)
    }

    fn splits(&mut self, nodes: Vec<SplitInput>, path: &[String]) -> Vec<rules::SplitNode> {
        let mut built = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            let here = under(path, &[&index.to_string()]);
            let party_id = self.take(ids::parse(&node.party_id, under(&here, &["partyId"])));
            let ratio = self.ratio(node.ratio, &under(&here, &["ratio"]));
            let children = self.splits(node.children, &under(&here, &["children"]));
            if let (Some(party_id), Some(ratio)) = (party_id, ratio) {
                built.push(rules::SplitNode { id: SplitId::new(), party_id, ratio, children });
            }
        }
        built
    }

    fn participation(&mut self, input: ParticipationInput, path: &[String]) -> Option<rules::Participation> {
        let scope = self.scope(input.items, path);
        let ratio = self.ratio(input.ratio, &under(path, &["ratio"]));
        Some(rules::Participation {
            id: ParticipationId::new(),
            scope: scope?,
            ratio: ratio?,
            kind: input.kind.into(),
            territories: input.territories.unwrap_or_default().into(),
            valid_from: input.valid_from.map(Into::into),
            valid_to: input.valid_to.map(Into::into),
        })
    }

    /// A term.
    pub fn term(&mut self, input: TermInput, path: &[String]) -> Option<NamedTerm> {
        let matches = input.matches.unwrap_or_default();
        let scope = self.scope(matches.items, &under(path, &["match"]));
        let model = self.model(input.model, &under(path, &["model"]));
        let physical = self.physical(input.physical, &under(path, &["physical"]));
        let deductions = self.deductions(input.deductions, path);
        let reductions = self.reductions(input.reductions, path);
        Some(NamedTerm {
            name: input.name,
            term: rules::Term {
                matches: rules::TermMatch {
                    scope: scope?,
                    territories: matches.territories.unwrap_or_default().into(),
                    platforms: matches.platforms,
                    revenue_types: matches.revenue_types.into_iter().map(Into::into).collect(),
                    configurations: matches.configurations,
                    price_categories: matches.price_categories,
                    valid_from: input.valid_from.map(Into::into),
                    valid_to: input.valid_to.map(Into::into),
                    ..rules::TermMatch::default()
                },
                priority: input.priority,
                deductions,
                reductions,
                physical,
                ..rules::Term::new(TermId::new(), model?)
            },
        })
    }

    fn deductions(&mut self, inputs: Vec<TermDeductionInput>, path: &[String]) -> Vec<rules::Deduction> {
        let mut built = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            let ratio = self.ratio(input.ratio, &under(path, &["deductions", &index.to_string(), "ratio"]));
            let name = input.name.trim().to_owned();
            built.extend(ratio.map(|ratio| rules::Deduction { name, base: input.base.into(), ratio }));
        }
        built
    }

    fn reductions(&mut self, inputs: Vec<TermReductionInput>, path: &[String]) -> Vec<rules::Reduction> {
        let mut built = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            let factor = self.ratio(input.factor, &under(path, &["reductions", &index.to_string(), "factor"]));
            built.extend(factor.map(|factor| rules::Reduction {
                kind: input.kind.into(),
                factor,
                territories: input.territories.unwrap_or_default().into(),
                configurations: input.configurations,
                price_categories: input.price_categories,
                revenue_types: input.revenue_types.into_iter().map(Into::into).collect(),
            }));
        }
        built
    }
}

/// A place below another.
pub fn under(path: &[String], parts: &[&str]) -> Vec<String> {
    path.iter().cloned().chain(parts.iter().map(|part| (*part).to_owned())).collect()
}

impl ContractVersionInput {
    /// The version, or everything that is malformed.
    pub fn checked(self) -> Outcome<VersionFacts> {
        self.checked_at(&["input", "version"])
    }

    /// The version, or everything that is malformed; `path` is where it stands.
    pub fn checked_at(self, path: &[&str]) -> Outcome<VersionFacts> {
        let mut notes = Notes::default();
        let path = under(&[], path);
        let mut participations = Vec::new();
        for (index, input) in self.participations.into_iter().enumerate() {
            participations.extend(notes.participation(input, &under(&path, &["participations", &index.to_string()])));
        }
        let mut terms = Vec::new();
        for (index, input) in self.terms.into_iter().enumerate() {
            terms.extend(notes.term(input, &under(&path, &["terms", &index.to_string()])));
        }
        let waterfall = notes.waterfall(self.waterfall, &under(&path, &["waterfall"]));
        let splits = notes.splits(self.splits, &under(&path, &["splits"]));
        if !notes.0.is_empty() {
            return Err(Failure::findings(notes.0));
        }
        Ok(VersionFacts {
            valid_from: self.valid_from.into(),
            valid_to: self.valid_to.map(Into::into),
            participations,
            terms,
            rate_cards: self.rate_cards,
            waterfall,
            splits,
        })
    }
}
