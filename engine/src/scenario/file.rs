//! A scenario file as a whole.

use std::collections::BTreeSet;

use kernel::money::Rounding;
use kernel::period::Month;
use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::names::Names;
use super::period::Period;
use super::problem::{Place, Problem};
use super::reader::{Node, Object};
use super::sugar::{self, Sugar};
use crate::model::{OpeningState, Rates, Rules};

/// A scenario, ready to be computed.
#[derive(Debug)]
pub(super) struct Scenario {
    pub title: Option<String>,
    pub names: Names,
    pub rules: Rules,
    pub rates: Rates,
    pub opening: OpeningState,
    pub periods: Vec<Period>,
    /// Contracts that have the keys of their one version themselves.
    pub inline: BTreeSet<String>,
    /// Whether what is payable is paid before the next period.
    pub pay_positive: bool,
    /// What is expected of the last period.
    pub expect: Option<Value>,
}

/// The month of the first period where none is written.
fn first_month() -> Month {
    Month::new(2024, 1).unwrap_or_else(|| Month::of(chrono::NaiveDate::MIN))
}

/// The currency where none is written.
const CURRENCY: &str = "USD";

/// Reads a scenario.
///
/// # Errors
/// Everything that is wrong with its form, each with its place.
pub(super) fn read(text: &str) -> Result<Scenario, Vec<Problem>> {
    let document = super::json::read(text).map_err(|problem| vec![problem])?;
    let node = Node::new(&document, Place::default());
    let mut names = Names::default();
    // Once to meet the names, once with their ids.
    build(&node, &mut names)?;
    names.seal();
    let mut scenario = build(&node, &mut names)?;
    scenario.names = names;
    Ok(scenario)
}

/// Collects what is wrong instead of stopping at the first.
struct Problems(Vec<Problem>);

impl Problems {
    fn keep<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
}

fn build(node: &Node<'_>, names: &mut Names) -> Result<Scenario, Vec<Problem>> {
    let alone = |problem| vec![problem];
    let scenario = node.object().map_err(alone)?;
    let currency = scenario.get("currency").map_or(Ok(CURRENCY), |currency| currency.currency().map(|one| one.code()));
    let items = scenario.get("catalogue");
    let groups = scenario.get("groups");
    let catalogue = Catalogue::read(items.as_ref(), groups.as_ref()).map_err(alone)?;
    let currency = currency.map_err(alone)?.to_owned();
    let mut problems = Problems(Vec::new());
    let mut sugar = Sugar { names, catalogue: &catalogue, currency };
    let (rules, opening) = rules(&scenario, &mut sugar, &mut problems);
    let rates = problems.keep(super::rates::rates(&mut sugar, &scenario)).unwrap_or_default();
    let periods = periods(node, &scenario, &mut sugar, &mut problems);
    for key in ["why", "rule", "$schema"] {
        scenario.get(key);
    }
    let contracts = scenario.get("contracts").and_then(|contracts| contracts.entries().ok()).unwrap_or_default();
    let inline = contracts.iter().filter(|(_, contract)| contract.value.get("versions").is_none());
    let inline = inline.map(|(name, _)| (*name).to_owned()).collect();
    let pay_positive = scenario.get("payPositive").map_or(Ok(true), |pay| pay.flag());
    let pay_positive = problems.keep(pay_positive).unwrap_or(true);
    let title = scenario.get("title").and_then(|title| problems.keep(title.text().map(str::to_owned)));
    let expect = scenario.get("expect").map(|expect| expect.value.clone());
    problems.keep(scenario.finish());
    if problems.0.is_empty() {
        Ok(Scenario { title, names: Names::default(), rules, rates, opening, periods, inline, pay_positive, expect })
    } else {
        Err(problems.0)
    }
}

fn rules(scenario: &Object<'_>, sugar: &mut Sugar<'_>, problems: &mut Problems) -> (Rules, OpeningState) {
    let mut rules = Rules::default();
    let mut opening = OpeningState::default();
    let entries = |key: &str, problems: &mut Problems| {
        scenario.get(key).and_then(|node| problems.keep(node.entries())).unwrap_or_default()
    };
    if let Some(rounding) = scenario.get("rounding") {
        rules.rounding = problems.keep(rounding.word::<Rounding>()).unwrap_or_default();
    }
    let (items, groups) = (scenario.get("catalogue"), scenario.get("groups"));
    rules.groups = problems.keep(sugar.catalogue.members(groups.as_ref(), sugar.names)).unwrap_or_default();
    rules.releases = problems.keep(sugar.catalogue.releases(items.as_ref(), sugar.names)).unwrap_or_default();
    rules.prices = problems.keep(sugar::tables(sugar, scenario, "prices")).unwrap_or_default();
    rules.statutory_rates = problems.keep(sugar::tables(sugar, scenario, "statutoryRates")).unwrap_or_default();
    for (name, node) in entries("territoryGroups", problems) {
        rules.territory_groups.extend(problems.keep(sugar::territory_group(name, &node)));
    }
    for (name, node) in entries("sourceChains", problems) {
        rules.source_chains.extend(problems.keep(sugar::source_chain(sugar, name, &node)));
    }
    for (name, node) in entries("rateCards", problems) {
        rules.rate_cards.extend(problems.keep(sugar::rate_card(sugar, name, &node)));
    }
    for (name, node) in entries("contracts", problems) {
        rules.contracts.extend(problems.keep(sugar::contract(sugar, name, &node)));
        opening.contracts.extend(problems.keep(sugar::opening(sugar, name, &node)));
    }
    for (name, node) in entries("crossGroups", problems) {
        rules.cross_groups.extend(problems.keep(sugar::cross_group(sugar, name, &node)));
    }
    for (name, node) in entries("directions", problems) {
        rules.directions.extend(problems.keep(sugar::direction(sugar, name, &node)));
    }
    for (name, node) in entries("holds", problems) {
        rules.holds.extend(problems.keep(sugar::hold(sugar, name, &node)));
    }
    opening.projects = problems.keep(sugar::projects(scenario.get("projects").as_ref())).unwrap_or_default();
    (rules, opening)
}

fn periods(node: &Node<'_>, scenario: &Object<'_>, sugar: &mut Sugar<'_>, problems: &mut Problems) -> Vec<Period> {
    let mut defaults = Map::new();
    if let Some(written) = scenario.get("defaults") {
        for (key, below) in problems.keep(written.entries()).unwrap_or_default() {
            defaults.insert(key.to_owned(), below.value.clone());
        }
    }
    // One period may be written in the scenario itself.
    let mut inline = Map::new();
    for key in ["month", "reports", "lines", "received", "paid", "statedRates", "charges", "overrides", "history"] {
        if let Some(value) = scenario.get(key) {
            inline.insert(key.to_owned(), value.value.clone());
        }
    }
    let mut periods = Vec::new();
    let mut month = first_month();
    match scenario.get("periods") {
        Some(written) => {
            if let Some(key) = inline.keys().next() {
                let message = format!("stands beside `periods`: write `{key}` in a period");
                problems.0.push(Problem::new(&node.place.key(key), message));
            }
            for one in problems.keep(written.list()).unwrap_or_default() {
                let period: Option<Period> = problems.keep(sugar.period(&one, month, &defaults));
                if let Some(period) = period {
                    if period.month < month && !periods.is_empty() {
                        let message =
                            format!("{} comes after a later month: periods run one after the other", period.month);
                        problems.0.push(Problem::new(&one.place.key("month"), message));
                    }
                    month = period.month.next();
                    periods.push(period);
                }
            }
        }
        None => {
            let inline = json!(inline);
            periods.extend(problems.keep(sugar.period(&Node::new(&inline, node.place.clone()), month, &defaults)));
        }
    }
    periods
}
