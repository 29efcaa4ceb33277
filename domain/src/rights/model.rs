//! Contracts as values.

use chrono::{DateTime, NaiveDate, Utc};
use engine::model::{FxRule, Participation, SplitNode, Term, TermMatch, TerritorySet, WaterfallStep};
use kernel::currency::Currency;
use kernel::decimal::plain;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, ContractVersionId, OrganisationId, PartyId};
use serde::Serialize;

/// Declares a closed list with names in data.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The member with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|member| member.as_str() == name)
            }
        }
    };
}

names! {
    /// What a contract is about.
    ContractKind {
        /// An artist's, producer's or remixer's royalties from recordings.
        Recording = "RECORDING";
        /// A writer's or publisher's royalties from works.
        Publishing = "PUBLISHING";
        /// A label that is distributed.
        Distribution = "DISTRIBUTION";
        /// A share of what is left after costs.
        ProfitShare = "PROFIT_SHARE";
    }
}

names! {
    /// How often a contract is stated.
    Calendar {
        /// Every month.
        Monthly = "MONTHLY";
        /// Every quarter.
        Quarterly = "QUARTERLY";
        /// Twice a year.
        HalfYearly = "HALF_YEARLY";
    }
}

names! {
    /// Where a contract stands.
    ContractStatus {
        /// Being written; calculates nothing.
        Draft = "DRAFT";
        /// In force.
        Active = "ACTIVE";
        /// Ended; money of sales after its end waits in suspense.
        Terminated = "TERMINATED";
    }
}

/// A contract between the tenant and a party.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The organisation on our side; none: the tenant itself.
    pub organisation_id: Option<OrganisationId>,
    /// The party.
    pub party_id: PartyId,
    /// The number printed on statements, unique in the tenant.
    pub number: String,
    /// Its title.
    pub name: String,
    /// What it is about.
    pub kind: ContractKind,
    /// The currency royalties are computed, stated and recouped in.
    pub currency: Currency,
    /// How often it is stated.
    pub calendar: Calendar,
    /// Which exchange rate applies.
    pub fx_rule: FxRule,
    /// Where it stands.
    pub status: ContractStatus,
    /// Raised by every change.
    pub version: i32,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

impl TryFrom<entity::contract::Model> for Contract {
    type Error = Failure;

    fn try_from(row: entity::contract::Model) -> Result<Self, Failure> {
        let odd = |what: &str, value: &str| Failure::internal(format!("a contract with the {what} `{value}`"));
        Ok(Self {
            id: row.id.into(),
            organisation_id: row.organisation_id.map(Into::into),
            party_id: row.party_id.into(),
            kind: ContractKind::from_name(&row.kind).ok_or_else(|| odd("kind", &row.kind))?,
            currency: Currency::parse(&row.currency).map_err(|_| odd("currency", &row.currency))?,
            calendar: Calendar::from_name(&row.calendar).ok_or_else(|| odd("calendar", &row.calendar))?,
            fx_rule: serde_json::from_value(serde_json::Value::String(row.fx_rule.clone()))
                .map_err(|_| odd("exchange rate rule", &row.fx_rule))?,
            status: ContractStatus::from_name(&row.status).ok_or_else(|| odd("status", &row.status))?,
            number: row.number,
            name: row.name,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Which contracts to list.
#[derive(Debug, Clone, Default)]
pub struct ContractFilter {
    /// Only those whose number or title contains this text.
    pub search: Option<String>,
    /// Only in this state.
    pub status: Option<ContractStatus>,
    /// Only those with this party.
    pub party_id: Option<PartyId>,
}

/// A term with the label that statements print.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTerm {
    /// The label.
    pub name: String,
    /// The term.
    pub term: Term,
}

/// What a contract says during a period of sale dates.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionFacts {
    /// First sale date.
    pub valid_from: NaiveDate,
    /// Last sale date; none: open.
    pub valid_to: Option<NaiveDate>,
    /// Which share of which item's revenue enters the contract.
    pub participations: Vec<Participation>,
    /// How the royalty is computed.
    pub terms: Vec<NamedTerm>,
    /// Names of the rate cards whose terms hold as well.
    pub rate_cards: Vec<String>,
    /// What comes off, and who gets it, in order.
    pub waterfall: Vec<WaterfallStep>,
    /// How it is divided.
    pub splits: Vec<SplitNode>,
}

/// A version with its place in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionRow {
    /// Its id.
    pub id: ContractVersionId,
    /// The contract.
    pub contract_id: ContractId,
    /// Its number in the contract, from 1 in the order of recording.
    pub version_no: i32,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// Since when it is replaced; none: it holds.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What it says.
    pub facts: VersionFacts,
}

/// A version to be recorded; ids of its parts are made by whoever shapes the input.
pub type NewVersion = VersionFacts;

/// A contract to be created, as a draft.
#[derive(Debug, Clone)]
pub struct NewContract {
    /// The number, unique in the tenant.
    pub number: String,
    /// Its title.
    pub name: String,
    /// What it is about.
    pub kind: ContractKind,
    /// Its currency; none: that of the books.
    pub currency: Option<Currency>,
    /// How often it is stated; none: as the configuration says.
    pub calendar: Option<Calendar>,
    /// Which exchange rate applies.
    pub fx_rule: FxRule,
    /// The party.
    pub party_id: PartyId,
    /// The organisation on our side.
    pub organisation_id: Option<OrganisationId>,
    /// What it says first.
    pub version: NewVersion,
}

impl VersionFacts {
    /// A canonical text without ids: equal texts say the same.
    ///
    /// # Errors
    /// `INTERNAL` when a model cannot be written as JSON.
    pub fn fingerprint(&self) -> Outcome<String> {
        let json = |value: Result<String, serde_json::Error>| {
            value.map_err(|error| Failure::internal("a term cannot be written").because(error))
        };
        let mut participations: Vec<String> = self
            .participations
            .iter()
            .map(|one| {
                let place =
                    TermMatch { scope: one.scope, territories: sorted(&one.territories), ..TermMatch::default() };
                let ratio = plain(one.ratio.get());
                format!("{:?} {} {ratio} {:?} {:?}", one.kind, place.key(), one.valid_from, one.valid_to)
            })
            .collect();
        participations.sort_unstable();
        let mut terms = Vec::with_capacity(self.terms.len());
        for NamedTerm { name, term } in &self.terms {
            let how = json(serde_json::to_string(&(&term.model, &term.deductions, &term.reductions, &term.physical)))?;
            let when = (term.matches.valid_from, term.matches.valid_to);
            terms.push(format!("{name:?} {} {} {when:?} {how}", term.priority, term.matches.key()));
        }
        terms.sort_unstable();
        let mut waterfall = self.waterfall.clone();
        // The ids are made anew by every request.
        waterfall.iter_mut().for_each(|step| step.id = kernel::ids::SplitId(uuid::Uuid::nil()));
        let beside = json(serde_json::to_string(&(&self.rate_cards, &waterfall)))?;
        Ok(format!(
            "{} {:?}\n{}\n{}\n{beside}\n{}",
            self.valid_from,
            self.valid_to,
            participations.join("\n"),
            terms.join("\n"),
            tree(&self.splits),
        ))
    }

    /// The same facts under new ids: a version that is recorded again must not share ids with the one it replaces.
    #[must_use]
    pub fn renewed(&self) -> Self {
        let mut copy = self.clone();
        for participation in &mut copy.participations {
            participation.id = kernel::ids::ParticipationId::new();
        }
        for term in &mut copy.terms {
            term.term.id = kernel::ids::TermId::new();
        }
        for step in &mut copy.waterfall {
            step.id = kernel::ids::SplitId::new();
        }
        renew(&mut copy.splits);
        copy
    }
}

fn renew(nodes: &mut [SplitNode]) {
    for node in nodes {
        node.id = kernel::ids::SplitId::new();
        renew(&mut node.children);
    }
}

fn sorted(set: &TerritorySet) -> TerritorySet {
    let mut set = set.clone();
    set.include.sort_unstable();
    set.exclude.sort_unstable();
    set
}

fn tree(nodes: &[SplitNode]) -> String {
    let mut parts: Vec<String> = nodes
        .iter()
        .map(|node| format!("{} {} [{}]", node.party_id, plain(node.ratio.get()), tree(&node.children)))
        .collect();
    parts.sort_unstable();
    parts.join(", ")
}
