//! Computing a scenario, one period after the other.

use std::collections::BTreeMap;

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal::plain;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::expect::{by_name, compare};
use super::file::Scenario;
use super::period::{Period, WrittenLine};
use super::problem::{Place, Problem};
use super::result::{Computation, Conservation, Exception, PeriodResult, Royalty};
use crate::CompiledRules;
use crate::close::{self, Closing, ExceptionCode, OutlierSettings, SuspenseTally, exceptions};
use crate::compile::InvalidRules;
use crate::fixed::{Atto, Exact};
use crate::model::{Interner, Line, OpeningState, Scope};
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
    let scope = Scope { month: period.month, reports: period.reports.clone(), overrides: period.overrides.clone() };
    let refused = |invalid: InvalidRules| findings(scenario, period, invalid);
    let rules = scenario.rules.compile(&scenario.rates, &scope).map_err(refused)?.opening(opening);
    let mut names = rules.interner();
    // What no catalogue knows takes part in nothing, not even in whole-catalogue participations.
    let known: Vec<&WrittenLine> = period.lines.iter().filter(|line| line.item.is_some()).collect();
    let lines: Vec<Line> = known.iter().filter_map(|line| Some(line.line(&mut names, line.item?))).collect();
    let rules = rules.ordered_by(&lines);
    let outcome = rules.compute(&lines);
    let closing = rules.close_period(&outcome.summary, opening).map_err(refused)?;
    let mut suspense = SuspenseTally::default();
    suspense.add(&rules, &outcome.suspense);
    let of_closing = exceptions(&outcome.totals, &suspense, &closing, &period.history, &OutlierSettings::default());
    let of_closing = of_closing.map_err(|_| too_large())?;
    let told = Told { scenario, period, rules: &rules, names: &names, known: &known, lines: &lines };
    let mut exceptions: Vec<Exception> = outcome.suspense.iter().map(|one| told.suspended(one)).collect();
    exceptions.extend(period.lines.iter().filter(|line| line.item.is_none()).map(|line| told.no_item(line)));
    let charges = rules.order().map(crate::Order::unallocated_charges).unwrap_or_default();
    exceptions.extend(charges.iter().map(|charge| told.charge(charge)));
    exceptions.extend(
        of_closing.iter().filter(|one| one.code != ExceptionCode::Suspense).map(|one| told.closing_exception(one)),
    );
    let result = PeriodResult {
        month: period.month.to_string(),
        royalties: outcome.rows.iter().map(|row| told.royalty(row, explain)).collect(),
        contracts: told.closing(&closing, explain),
        projects: told.projects(&closing),
        payable: told.payable(&closing)?,
        conservation: told.conservation(&outcome),
        exceptions,
        digest: hex(&rules.digest(&lines, &outcome).finish()),
    };
    *opening = closing.next(&rules, &names, opening).map_err(|_| too_large())?;
    if scenario.pay_positive {
        pay(opening);
    }
    Ok(result)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is paid between two periods leaves the accounts: all that is above zero.
fn pay(opening: &mut OpeningState) {
    for account in opening.contracts.iter_mut().flat_map(|contract| &mut contract.accounts) {
        account.balance = account.balance.min(Decimal::ZERO);
    }
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
        let inline = path.get(1).and_then(|index| index.parse().ok()).and_then(|index| name("contracts", index));
        let inline = inline.is_some_and(|name| scenario.inline.contains(name));
        for (position, part) in path.iter().enumerate() {
            // A contract with one version has the version's keys itself.
            if inline && (position == 2 || position == 3) && path.get(2).is_some_and(|key| key == "versions") {
                continue;
            }
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

    fn closing(&self, closing: &Closing, explain: bool) -> Value {
        let mut value = json!(closing.contracts);
        if explain && let Some(told) = value.as_array_mut() {
            for (told, contract) in told.iter_mut().zip(&closing.contracts) {
                let accounts = told.get_mut("accounts").and_then(Value::as_array_mut);
                for (told, account) in accounts.into_iter().flatten().zip(&contract.accounts) {
                    if let Ok(Some(steps)) = contract.explain(account.party_id) {
                        told["explanation"] = json!(steps);
                    }
                }
            }
        }
        self.named("contracts", value)
    }

    fn projects(&self, closing: &Closing) -> Value {
        self.named("projects", json!(closing.projects))
    }

    /// A list as an object by name, with names in the place of ids.
    fn named(&self, list: &str, mut value: Value) -> Value {
        self.scenario.names.in_json(&mut value);
        by_name(list, value)
    }

    /// An account below zero is not set off against another contract of the payee.
    fn payable(&self, closing: &Closing) -> Result<BTreeMap<String, BTreeMap<String, String>>, Vec<Problem>> {
        let mut sums: BTreeMap<String, BTreeMap<String, Decimal>> = BTreeMap::new();
        for contract in &closing.contracts {
            for account in &contract.accounts {
                let payee = sums.entry(self.name(account.party_id.uuid())).or_default();
                let sum = payee.entry(contract.currency.to_string()).or_default();
                let due = account.closing_balance.max(Decimal::ZERO);
                *sum = kernel::decimal::add(*sum, due).map_err(|_| too_large())?;
            }
        }
        let text =
            |sums: BTreeMap<String, Decimal>| sums.into_iter().map(|(code, sum)| (code, sum.to_string())).collect();
        Ok(sums.into_iter().map(|(payee, sums)| (payee, text(sums))).collect())
    }

    fn charge(&self, (report, currency, amount): &(u32, Currency, Atto)) -> Exception {
        let report = self.period.reports.get(*report as usize).map(|report| self.name(report.id.uuid()));
        Exception {
            reason: "CHARGE_NOT_ALLOCATED".to_owned(),
            report,
            amount: Some(amount.to_string()),
            currency: Some(currency.to_string()),
            blocking: true,
            message: "No line of the report can bear the charge: none is in its currency, or they total zero."
                .to_owned(),
            ..Exception::default()
        }
    }

    fn closing_exception(&self, one: &close::Exception) -> Exception {
        let message = match one.code {
            ExceptionCode::NotConserved => "Amounts do not add up: a defect of the program. Report it.",
            ExceptionCode::Suspense => "Lines wait.",
            ExceptionCode::NegativePayee => {
                "The period of this payee is below zero: it is made good by later royalties."
            }
            ExceptionCode::Outlier => {
                "The royalty is far from what it used to be: see that nothing is missing or double."
            }
            ExceptionCode::Override => "An amount was entered by hand.",
            ExceptionCode::Held => "Money is held.",
        };
        let code = json!(one.code);
        Exception {
            reason: code.as_str().unwrap_or_default().to_owned(),
            contract: one.contract_id.map(|id| self.name(id.uuid())),
            payee: one.party_id.map(|id| self.name(id.uuid())),
            amount: Some(plain(one.amount)),
            currency: Some(one.currency.to_string()),
            message: message.to_owned(),
            blocking: one.blocking,
            ..Exception::default()
        }
    }

    fn conservation(&self, outcome: &Outcome) -> BTreeMap<String, Conservation> {
        let mut cut: BTreeMap<String, Exact> = BTreeMap::new();
        for line in &self.period.lines {
            let sum = cut.entry(line.currency.to_string()).or_insert_with(|| Exact::from(Decimal::ZERO));
            *sum = plus(*sum, line.cut);
        }
        let mut told: BTreeMap<String, Conservation> = BTreeMap::new();
        for (currency, totals) in &outcome.totals.currencies {
            let code = currency.to_string();
            let unknown = self.unknown(&code);
            let one = Conservation {
                lines: plus(totals.lines.into(), unknown).to_string(),
                payees: totals.payees.to_string(),
                margin: totals.margin.to_string(),
                suspense: plus(totals.suspense.into(), unknown).to_string(),
                unowned: totals.unowned.to_string(),
                cut: cut.get(&code).map_or_else(|| "0".to_owned(), ToString::to_string),
                conserved: totals.is_conserved(),
            };
            told.insert(code, one);
        }
        for line in self.period.lines.iter().filter(|line| line.item.is_none()) {
            let code = line.currency.to_string();
            told.entry(code.clone()).or_insert_with(|| Conservation {
                lines: self.unknown(&code).to_string(),
                payees: "0".into(),
                margin: "0".into(),
                suspense: self.unknown(&code).to_string(),
                unowned: "0".into(),
                cut: cut.get(&code).map_or_else(|| "0".to_owned(), ToString::to_string),
                conserved: true,
            });
        }
        told
    }

    /// What lines without an item amount to.
    fn unknown(&self, code: &str) -> Exact {
        let lines = self.period.lines.iter().filter(|line| line.item.is_none() && line.currency.code() == code);
        lines.fold(Exact::from(Decimal::ZERO), |sum, line| plus(sum, Exact::from(line.amount)))
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
            blocking: matches!(reason, SuspenseReason::MissingRate | SuspenseReason::OutOfRange),
        }
    }
}

/// A sum of more than 28 digits.
fn too_large() -> Vec<Problem> {
    vec![Problem::new(&Place::default(), "A sum has more than 28 digits: check the amounts and the rates.")]
}

fn negated(value: Exact) -> Exact {
    Exact::from(Decimal::ZERO).minus(value).unwrap_or(value)
}

/// The sum of two amounts of at most 56 places: they fit 256 bits.
fn plus(sum: Exact, more: Exact) -> Exact {
    sum.minus(negated(more)).unwrap_or(sum)
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
        SuspenseReason::MissingPrice => {
            "Neither the line nor the price tables have the price that the term needs: add a price.".into()
        }
        SuspenseReason::MissingStatutoryRate => format!("The table has no statutory rate for {day}: add one."),
        SuspenseReason::FormulaFailed => "The formula divides by zero or gives no number for this line.".into(),
        SuspenseReason::NotOrdered => "The line's place in the order of a counter is not known.".into(),
        SuspenseReason::Disputed => "The item or contract is in dispute.".into(),
        SuspenseReason::DamagedIdentifier => "The identifier was damaged on its way.".into(),
    }
}
