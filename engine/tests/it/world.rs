//! Short ways to write contracts and lines.

use chrono::NaiveDate;
use engine::CompiledRules;
use engine::model::*;
use engine::outcome::Outcome;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::*;
use kernel::ratio::Ratio;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use uuid::Uuid;

pub fn cur(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

pub fn place(code: &str) -> Territory {
    Territory::parse(code).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn ratio(value: Decimal) -> Ratio {
    Ratio::new(value).unwrap()
}

/// Fixed ids: the same cases give the same digests.
pub fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn recording(n: u128) -> ItemKey {
    RecordingId(uuid(n)).into()
}

pub fn party(n: u128) -> PartyId {
    PartyId(uuid(n))
}

pub fn percent(base: Base, rate: Decimal) -> Model {
    Model::Percentage { base, rate: ratio(rate) }
}

pub fn term(n: u128, model: Model) -> Term {
    Term::new(TermId(uuid(n)), model)
}

pub fn takes_part(n: u128, scope: ItemScope, value: Decimal) -> Participation {
    Participation {
        id: ParticipationId(uuid(n)),
        scope,
        ratio: ratio(value),
        kind: ParticipationKind::Participation,
        territories: TerritorySet::world(),
        valid_from: None,
        valid_to: None,
    }
}

pub fn owns(n: u128, scope: ItemScope, value: Decimal) -> Participation {
    Participation { kind: ParticipationKind::Ownership, ..takes_part(n, scope, value) }
}

pub fn payee(n: u128, value: Decimal) -> SplitNode {
    shared(n, value, vec![])
}

pub fn shared(n: u128, value: Decimal, children: Vec<SplitNode>) -> SplitNode {
    SplitNode { id: SplitId(uuid(n)), party_id: party(n), ratio: ratio(value), children }
}

pub fn contract(n: u128, currency: &str, version: ContractVersion) -> Contract {
    Contract::new(ContractId(uuid(n)), cur(currency), FxRule::MonthEnd, vec![version])
}

pub fn version(
    n: u128,
    participations: Vec<Participation>,
    terms: Vec<Term>,
    splits: Vec<SplitNode>,
) -> ContractVersion {
    ContractVersion {
        id: ContractVersionId(uuid(n)),
        valid_from: day("2000-01-01"),
        valid_to: None,
        participations,
        terms,
        rate_cards: vec![],
        waterfall: vec![],
        splits,
    }
}

/// One contract in US dollars: the whole of recording 1, one term, one payee.
pub fn simple(model: Model) -> Contract {
    contract(
        1,
        "USD",
        version(
            1,
            vec![takes_part(1, ItemScope::Item(recording(1)), Decimal::ONE)],
            vec![term(1, model)],
            vec![payee(1, Decimal::ONE)],
        ),
    )
}

pub fn rules(contracts: Vec<Contract>) -> Rules {
    Rules { contracts, ..Rules::default() }
}

pub fn scope() -> Scope {
    let report = Report {
        id: ReportId(uuid(900)),
        received_on: day("2024-04-15"),
        paid_on: None,
        rates: vec![],
        charges: vec![],
    };
    Scope { month: "2024-03".parse().unwrap(), reports: vec![report], overrides: vec![] }
}

pub fn rate(n: u128, base: &str, quote: &str, date: &str, value: Decimal) -> Rate {
    Rate {
        id: RateId(uuid(n)),
        base: cur(base),
        quote: cur(quote),
        date: day(date),
        rate: value,
        source: "MANUAL".into(),
    }
}

/// Compiled rules with their interner.
pub struct World {
    pub rules: CompiledRules,
    pub names: Interner,
}

impl World {
    pub fn new(contracts: Vec<Contract>) -> Self {
        Self::with(&rules(contracts), &Rates::default())
    }

    pub fn with(rules: &Rules, rates: &Rates) -> Self {
        let rules = rules.compile(rates, &scope()).unwrap();
        let names = rules.interner();
        Self { rules, names }
    }

    /// With the places of these lines, where their order matters.
    pub fn ordered(self, lines: &[Line]) -> Self {
        Self { rules: self.rules.ordered_by(lines), names: self.names }
    }

    /// A US stream of recording 1 in US dollars on 1 March 2024.
    pub fn line(&mut self, amount: Decimal, units: i64) -> Line {
        Line {
            report: 0,
            line_no: 2,
            item: self.names.item(recording(1)),
            territory: place("US"),
            currency: cur("USD"),
            amount,
            gross: None,
            units,
            sale_date: day("2024-03-01"),
            platform: self.names.platform("SPOTIFY"),
            revenue_type: RevenueType::Stream,
            configuration: None,
            details: LineDetails::default(),
        }
    }

    pub fn pay(&self, lines: &[Line]) -> Outcome {
        let outcome = self.rules.compute(lines);
        assert!(outcome.totals.is_conserved(), "{:?}", outcome.totals);
        outcome
    }

    /// What the payees of one line get, by party number.
    pub fn amounts(&self, line: Line) -> Vec<(u128, Decimal)> {
        let outcome = self.pay(&[line]);
        assert!(outcome.suspense.is_empty(), "{:?}", outcome.suspense);
        let party = |row| self.rules.ids(row).unwrap().party_id.uuid().as_u128();
        outcome.rows.iter().map(|row| (party(row), row.amount.to_decimal().unwrap())).collect()
    }

    pub fn reason(&self, line: Line) -> &'static str {
        let outcome = self.pay(&[line]);
        assert!(outcome.rows.is_empty());
        outcome.suspense[0].reason.as_str()
    }
}
