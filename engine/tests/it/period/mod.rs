//! The end of periods: worked cases over several months, each with its arithmetic.

mod between;
mod paying;
mod promises;
mod properties;
mod recouping;
mod refusals;
mod reserves;

use engine::close::{ClosedAccount, ClosedContract, Closing};
use engine::model::*;
use engine::outcome::Outcome;
use kernel::codes::RevenueType;
use kernel::ids::*;
use kernel::period::Month;
use rust_decimal::Decimal;

use crate::world::*;

/// How many cases a property is tried with: as many as `PROPTEST_CASES` says (`make nightly`: a million), which proptest
/// reads into its default.
pub fn cases(usual: u32) -> u32 {
    let default = proptest::test_runner::Config::default().cases;
    if default == 256 { usual } else { default }
}

/// Rules and what is open, month after month.
#[derive(Clone)]
pub struct Books {
    pub rules: Rules,
    pub opening: OpeningState,
    pub overrides: Vec<Override>,
}

/// A line of recording `item`: US dollars, sold in the US unless said otherwise, on the first day of the month.
#[derive(Clone, Copy, Debug)]
pub struct Sale {
    pub item: u128,
    pub amount: Decimal,
    pub units: i64,
    pub physical: bool,
    pub territory: &'static str,
}

pub fn stream(item: u128, amount: Decimal) -> Sale {
    Sale { item, amount, units: 1, physical: false, territory: "US" }
}

pub fn physical(item: u128, amount: Decimal) -> Sale {
    Sale { physical: true, ..stream(item, amount) }
}

impl Books {
    pub fn new(contracts: Vec<Contract>) -> Self {
        Self { rules: rules(contracts), opening: OpeningState::default(), overrides: Vec::new() }
    }

    /// The open balances of a contract, made when it has none.
    pub fn open(&mut self, contract: u128) -> &mut OpenContract {
        let id = ContractId(uuid(contract));
        let known = self.opening.contracts.iter().position(|one| one.contract_id == id);
        let position = known.unwrap_or_else(|| {
            self.opening.contracts.push(OpenContract::new(id));
            self.opening.contracts.len() - 1
        });
        &mut self.opening.contracts[position]
    }

    /// Computes and closes a month; the books then stand at the next one.
    pub fn close(&mut self, month: &str, sales: &[Sale]) -> Closing {
        let (_, closing, next) = self.run(month, sales);
        self.opening = next;
        self.overrides.clear();
        closing
    }

    /// Computes and closes a month and leaves the books alone.
    pub fn look(&self, month: &str, sales: &[Sale]) -> (Outcome, Closing) {
        let (outcome, closing, _) = self.run(month, sales);
        (outcome, closing)
    }

    fn run(&self, month: &str, sales: &[Sale]) -> (Outcome, Closing, OpeningState) {
        let month: Month = month.parse().unwrap();
        let scope = Scope { month, overrides: self.overrides.clone(), ..scope() };
        let compiled = self.rules.compile(&Rates::default(), &scope).unwrap().opening(&self.opening);
        let mut names = compiled.interner();
        let lines: Vec<Line> = (1u64..)
            .zip(sales)
            .map(|(line_no, sale)| Line {
                report: 0,
                line_no,
                item: names.item(recording(sale.item)),
                territory: place(sale.territory),
                currency: cur("USD"),
                amount: sale.amount,
                gross: None,
                units: sale.units,
                sale_date: month.first_day(),
                platform: names.platform("SHOP"),
                revenue_type: if sale.physical { RevenueType::Physical } else { RevenueType::Stream },
                configuration: sale.physical.then(|| names.configuration("CD")),
                details: LineDetails::default(),
            })
            .collect();
        let compiled = compiled.ordered_by(&lines);
        let outcome = compiled.compute(&lines);
        assert!(outcome.totals.is_conserved());
        assert!(outcome.suspense.is_empty(), "{:?}", outcome.suspense);
        let closing = compiled.close_period(&outcome.summary, &self.opening).unwrap();
        for contract in &closing.contracts {
            assert_eq!(contract.difference(), Ok(None), "{contract:#?}");
            for account in &contract.accounts {
                let steps = contract.explain(account.party_id).unwrap().unwrap();
                let [.., payable, balance] = &steps[..] else { panic!("no steps") };
                assert_eq!(payable.total, account.payable, "{steps:#?}");
                assert_eq!(balance.total, account.closing_balance);
            }
        }
        let next = closing.next(&compiled, &names, &self.opening).unwrap();
        (outcome, closing, next)
    }

    /// The codes of what is wrong with the rules.
    pub fn codes(&self) -> Vec<&'static str> {
        let error = self.rules.compile(&Rates::default(), &scope()).unwrap_err();
        error.findings.iter().map(|one| one.code).collect()
    }
}

/// The whole of recording `n` under contract `n`: a rate of net, one payee `n`.
pub fn deal(n: u128, rate: Decimal) -> Contract {
    shared_deal(n, rate, vec![payee(n, Decimal::ONE)])
}

/// The same with several payees.
pub fn shared_deal(n: u128, rate: Decimal, splits: Vec<SplitNode>) -> Contract {
    let participation = takes_part(n, ItemScope::Item(recording(n)), Decimal::ONE);
    contract(n, "USD", version(n, vec![participation], vec![term(n, percent(Base::Net, rate))], splits))
}

pub fn advance(n: u128, paid: &str, unrecouped: Decimal) -> OpenAdvance {
    OpenAdvance { advance_id: AdvanceId(uuid(n)), paid_on: day(paid), unrecouped, instalment: None, priority: 0 }
}

pub fn cost(name: &str, cost_type: &str, incurred: &str, amount: Decimal) -> OpenCost {
    OpenCost {
        name: name.into(),
        cost_type: cost_type.into(),
        incurred_on: day(incurred),
        amount,
        recouped: Decimal::ZERO,
        priority: 0,
    }
}

pub fn of(closing: &Closing, n: u128) -> &ClosedContract {
    let id = ContractId(uuid(n));
    closing.contracts.iter().find(|one| one.contract_id == id).unwrap()
}

pub fn account(closing: &Closing, contract: u128, n: u128) -> &ClosedAccount {
    of(closing, contract).accounts.iter().find(|one| one.party_id == party(n)).unwrap()
}
