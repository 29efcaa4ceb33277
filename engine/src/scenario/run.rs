//! Computing a scenario, one period after the other.

use std::collections::BTreeMap;

use kernel::codes::SuspenseReason;
use kernel::decimal::plain;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::expect::{by_name, compare};
use super::file::Scenario;
use super::period::{Period, WrittenLine};
use super::problem::{Place, Problem};
use super::result::{Computation, Conservation, Exception, PeriodResult, Royalty};
use crate::CompiledRules;
use crate::close::Closing;
use crate::compile::InvalidRules;
use crate::fixed::Exact;
use crate::model::{Interner, Line, OpenAccount, OpenAdvance, OpenContract, OpeningState, Scope};
use crate::outcome::{Outcome, RoyaltyRow, Suspended};

/// Computes a scenario.
///
/// # Errors
/// What the engine finds wrong with the rules, with its place in the scenario.
pub(super) fn run(scenario: &Scenario, explain: bool) -> Result<Computation, Vec<Problem>> {
    let mut opening = scenario.opening.clone();
    let mut periods = Vec::new();
    let mut differences = Vec::new();
    let mut expects = scenario.expect.is_some();
    for (index, period) in scenario.periods.iter().enumerate() {
        let result = one(scenario, period, &mut opening, explain)?;
        let place =
            if scenario.periods.len() > 1 { Place::default().key("periods").index(index) } else { Place::default() };
        if let Some(expected) = &period.expect {
            expects = true;
            compare(expected, &json!(result), &place, &mut differences);
        }
        periods.push(result);
    }
    if let (Some(expected), Some(last)) = (&scenario.expect, periods.last()) {
        compare(expected, &json!(last), &Place::default(), &mut differences);
    }
    Ok(Computation { title: scenario.title.clone(), periods, differences: expects.then_some(differences) })
}

fn one(
    scenario: &Scenario,
    period: &Period,
    opening: &mut OpeningState,
    explain: bool,
) -> Result<PeriodResult, Vec<Problem>> {
    let scope = Scope { month: period.month, reports: period.reports.clone(), overrides: Vec::new() };
    let refused = |invalid: InvalidRules| findings(scenario, period, invalid);
    let rules = scenario.rules.compile(&scenario.rates, &scope).map_err(refused)?;
    let mut names = rules.interner();
    // What no catalogue knows takes part in nothing, not even in whole-catalogue participations.
    let known: Vec<&WrittenLine> = period.lines.iter().filter(|line| line.item.is_some()).collect();
    let lines: Vec<Line> = known.iter().filter_map(|line| Some(line.line(&mut names, line.item?))).collect();
    let outcome = rules.compute(&lines);
    let closing = rules.close_period(&outcome.summary, opening).map_err(refused)?;
    let told = Told { scenario, period, rules: &rules, names: &names, known: &known, lines: &lines };
    let mut exceptions: Vec<Exception> = outcome.suspense.iter().map(|one| told.suspended(one)).collect();
    exceptions.extend(period.lines.iter().filter(|line| line.item.is_none()).map(|line| told.no_item(line)));
    let result = PeriodResult {
        month: period.month.to_string(),
        royalties: outcome.rows.iter().map(|row| told.royalty(row, explain)).collect(),
        contracts: told.closing(&closing),
        payable: told.payable(&closing),
        conservation: told.conservation(&outcome),
        exceptions,
        digest: hex(&rules.digest(&lines, &outcome).finish()),
    };
    *opening = next(opening, &closing);
    Ok(result)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a period leaves to the next. What became payable counts as paid; what is below zero stays.
fn next(opening: &OpeningState, closing: &Closing) -> OpeningState {
    let contracts = closing.contracts.iter().map(|contract| {
        let before = opening.contracts.iter().find(|before| before.contract_id == contract.contract_id);
        let balance = |party_id| {
            let accounts = before.iter().flat_map(|before| &before.accounts);
            accounts.filter(|account| account.party_id == party_id).map(|account| account.balance).sum::<Decimal>()
        };
        let mut open = OpenContract::new(contract.contract_id);
        open.accounts = contract
            .accounts
            .iter()
            .map(|account| OpenAccount {
                party_id: account.party_id,
                carry: account.closing_carry,
                balance: (balance(account.party_id).min(Decimal::ZERO) + account.payable).min(Decimal::ZERO),
            })
            .collect();
        open.advances = before
            .iter()
            .flat_map(|before| &before.advances)
            .map(|advance| {
                let closed = contract.advances.iter().find(|closed| closed.advance_id == advance.advance_id);
                OpenAdvance {
                    unrecouped: closed.map_or(advance.unrecouped, |closed| closed.closing),
                    ..advance.clone()
                }
            })
            .collect();
        open
    });
    OpeningState { contracts: contracts.collect(), projects: opening.projects.clone() }
}

/// What the engine finds wrong, at its place in the scenario.
fn findings(scenario: &Scenario, period: &Period, invalid: InvalidRules) -> Vec<Problem> {
    let name = |list: &str, index: usize| {
        let names = &scenario.names;
        match list {
            "contracts" => scenario.rules.contracts.get(index).and_then(|one| names.name(one.id.uuid())),
            "groups" => scenario.rules.groups.get(index).and_then(|one| names.name(one.id.uuid())),
            "territoryGroups" => scenario.rules.territory_groups.get(index).map(|one| one.name.as_str()),
            "rateCards" => scenario.rules.rate_cards.get(index).map(|one| one.name.as_str()),
            "sourceChains" => scenario.rules.source_chains.get(index).map(|one| one.name.as_str()),
            "crossGroups" => scenario.rules.cross_groups.get(index).map(|one| one.name.as_str()),
            "directions" => scenario.rules.directions.get(index).map(|one| one.name.as_str()),
            "holds" => scenario.rules.holds.get(index).map(|one| one.name.as_str()),
            _ => None,
        }
    };
    let place = |path: &[String]| {
        let mut place = Place::default();
        for (position, part) in path.iter().enumerate() {
            match (part.parse::<usize>(), position.checked_sub(1).and_then(|before| path.get(before))) {
                (Ok(index), Some(list)) => match name(list, index) {
                    Some(name) => place.enter(name),
                    None => place.enter_index(index),
                },
                _ => place.enter(if part == "splits" { "payees" } else { part }),
            }
        }
        if path.is_empty() { period.place.clone() } else { place }
    };
    let problem = |finding: kernel::failure::Finding| {
        let message = format!("{} [{}]", scenario.names.in_text(&finding.message), finding.code);
        Problem::new(&place(&finding.path), message)
    };
    invalid.findings.into_iter().map(problem).collect()
}

/// Tells what came out in the names of the scenario.
struct Told<'a> {
    scenario: &'a Scenario,
    period: &'a Period,
    rules: &'a CompiledRules,
    names: &'a Interner,
    known: &'a [&'a WrittenLine],
    lines: &'a [Line],
}

impl Told<'_> {
    fn name(&self, id: uuid::Uuid) -> String {
        self.scenario.names.name(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    fn report(&self, line: &WrittenLine) -> String {
        self.period.reports.get(line.report as usize).map(|report| self.name(report.id.uuid())).unwrap_or_default()
    }

    fn royalty(&self, row: &RoyaltyRow, explain: bool) -> Royalty {
        let written = self.known[row.line as usize];
        let ids = self.rules.ids(row);
        let named = |id: Option<uuid::Uuid>| id.map(|id| self.name(id)).unwrap_or_default();
        let explanation =
            explain.then(|| self.rules.explain(self.names, &self.lines[row.line as usize], row)).and_then(Result::ok);
        let data = explanation.as_ref().map(|explanation| {
            let mut value = json!(explanation);
            self.scenario.names.in_json(&mut value);
            value
        });
        Royalty {
            report: self.report(written),
            line: written.line_no,
            id: written.id.clone(),
            contract: named(ids.as_ref().map(|ids| ids.contract_id.uuid())),
            payee: named(ids.as_ref().map(|ids| ids.party_id.uuid())),
            term: named(ids.as_ref().map(|ids| ids.term_id.uuid())),
            runner_up: ids.as_ref().and_then(|ids| ids.runner_up_id).map(|id| self.name(id.uuid())),
            part: u32::from(row.part) + 1,
            units: row.units,
            source_amount: row.source_amount.to_string(),
            source_currency: row.source_currency.to_string(),
            amount: row.amount.to_string(),
            currency: ids.as_ref().map(|ids| ids.currency.to_string()).unwrap_or_default(),
            explanation: data,
            told: explanation.map(|explanation| self.scenario.names.in_text(&explanation.to_string())),
        }
    }

    fn closing(&self, closing: &Closing) -> Value {
        let mut value = json!(closing.contracts);
        self.scenario.names.in_json(&mut value);
        let value = by_name(value);
        if value.is_array() { json!({}) } else { value }
    }

    fn payable(&self, closing: &Closing) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut sums: BTreeMap<String, BTreeMap<String, Decimal>> = BTreeMap::new();
        for contract in &closing.contracts {
            for account in &contract.accounts {
                let payee = sums.entry(self.name(account.party_id.uuid())).or_default();
                // An account below zero is not set off against another contract of the payee.
                *payee.entry(contract.currency.to_string()).or_default() += account.payable.max(Decimal::ZERO);
            }
        }
        let text =
            |sums: BTreeMap<String, Decimal>| sums.into_iter().map(|(code, sum)| (code, sum.to_string())).collect();
        sums.into_iter().map(|(payee, sums)| (payee, text(sums))).collect()
    }

    fn conservation(&self, outcome: &Outcome) -> BTreeMap<String, Conservation> {
        let mut cut: BTreeMap<String, Exact> = BTreeMap::new();
        for line in &self.period.lines {
            let sum = cut.entry(line.currency.to_string()).or_insert_with(|| Exact::from(Decimal::ZERO));
            // Amounts of 56 places at most: sums of them fit 256 bits.
            *sum = sum.minus(negated(line.cut)).unwrap_or(*sum);
        }
        let mut told: BTreeMap<String, Conservation> = BTreeMap::new();
        for (currency, totals) in &outcome.totals.currencies {
            let code = currency.to_string();
            let unknown = self.unknown(&code);
            let one = Conservation {
                lines: plus(totals.lines.into(), unknown),
                payees: totals.payees.to_string(),
                margin: totals.margin.to_string(),
                suspense: plus(totals.suspense.into(), unknown),
                unowned: totals.unowned.to_string(),
                cut: cut.get(&code).map_or_else(|| "0".to_owned(), ToString::to_string),
                conserved: totals.is_conserved(),
            };
            told.insert(code, one);
        }
        for line in self.period.lines.iter().filter(|line| line.item.is_none()) {
            let code = line.currency.to_string();
            told.entry(code.clone()).or_insert_with(|| Conservation {
                lines: plain(self.unknown(&code)),
                payees: "0".into(),
                margin: "0".into(),
                suspense: plain(self.unknown(&code)),
                unowned: "0".into(),
                cut: cut.get(&code).map_or_else(|| "0".to_owned(), ToString::to_string),
                conserved: true,
            });
        }
        told
    }

    /// What lines without an item amount to.
    fn unknown(&self, code: &str) -> Decimal {
        let lines = self.period.lines.iter().filter(|line| line.item.is_none() && line.currency.code() == code);
        lines.map(|line| line.amount).sum()
    }

    fn suspended(&self, one: &Suspended) -> Exception {
        let line = self.known[one.line as usize];
        let contract = one.contract.and_then(|contract| self.rules.contract(contract));
        self.waits(line, one.reason, contract.map(|(id, _)| self.name(id.uuid())))
    }

    fn no_item(&self, line: &WrittenLine) -> Exception {
        self.waits(line, SuspenseReason::NoItem, None)
    }

    fn waits(&self, line: &WrittenLine, reason: SuspenseReason, contract: Option<String>) -> Exception {
        Exception {
            reason: reason.as_str().to_owned(),
            report: Some(self.report(line)),
            line: Some(line.line_no),
            id: line.id.clone(),
            contract,
            payee: None,
            amount: Some(plain(line.amount)),
            currency: Some(line.currency.to_string()),
            message: advice(reason, line),
            blocking: false,
        }
    }
}

fn negated(value: Exact) -> Exact {
    Exact::from(Decimal::ZERO).minus(value).unwrap_or(value)
}

fn plus(sum: Exact, more: Decimal) -> String {
    sum.minus(negated(Exact::from(more))).unwrap_or(sum).to_string()
}

/// What a reason means for a line, and what to do.
fn advice(reason: SuspenseReason, line: &WrittenLine) -> String {
    let (item, day, territory) = (&line.item_name, line.sale_date, line.territory);
    match reason {
        SuspenseReason::NoItem => format!("The catalogue has no item `{item}`: add it or correct the line."),
        SuspenseReason::NoContract => {
            format!("`{item}` takes part in no contract in {territory} on {day}: add a participation.")
        }
        SuspenseReason::InactiveContract => {
            format!(
                "The contract that covers `{item}` is not in force in {territory} on {day}: prolong it, or add a version."
            )
        }
        SuspenseReason::NoTerm => format!(
            "No term of the contract matches the line ({territory}, {}, {}, {day}): add one.",
            line.platform, line.revenue_type
        ),
        SuspenseReason::MissingInput => {
            "The term needs a value (gross, price, units, statutory rate …) that neither the line nor a table has."
                .into()
        }
        SuspenseReason::MissingRate => {
            format!("There is no exchange rate for {} by the rule of the contract: add it.", line.currency)
        }
        SuspenseReason::OverClaimed => format!(
            "The ownerships of `{item}` in {territory} on {day} total more than 1: nobody is paid until that is settled."
        ),
        SuspenseReason::OutOfRange => "The computation would not fit 28 digits: check the amount and the rates.".into(),
        SuspenseReason::Disputed => "The item or contract is in dispute.".into(),
        SuspenseReason::DamagedIdentifier => "The identifier was damaged on its way.".into(),
        #[allow(unreachable_patterns, reason = "reasons are added")]
        other => format!("The line waits: {other}."),
    }
}
