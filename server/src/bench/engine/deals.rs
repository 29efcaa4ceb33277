//! Two hundred contracts over two thousand recordings, and lines that look like chance and are the same every time.

use engine::CompiledRules;
use engine::model::*;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::*;
use kernel::ratio::Ratio;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::stop::Stop;

/// Recordings; each is in one contract.
pub const ITEMS: u32 = 2_000;
/// Contracts.
pub const CONTRACTS: u32 = 200;
/// The payees' parts of each contract, in tenths.
pub const PARTS: [i64; 3] = [5, 3, 2];
/// Where lines are from.
pub const PLACES: [&str; 5] = ["US", "GB", "DE", "FR", "JP"];
/// Where a contract's second term applies; it has the rate of the first.
pub const ABROAD: [&str; 2] = ["GB", "DE"];
/// US dollars for a euro, in ten-thousandths.
pub const EURO: i64 = 10_811;

/// What the contracts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deal {
    /// A percentage of net receipts.
    Percentages,
    /// Three marginal tiers by units, behind two steps off the top and before one of the royalty.
    Tiers,
}

/// The rate of a contract, in hundredths.
pub fn rate_of(contract: u32) -> i64 {
    i64::from(contract % 40 + 10)
}

impl Deal {
    /// Compiled rules and their interner.
    ///
    /// # Errors
    /// When the rules are not accepted.
    pub fn compile(self) -> Result<(CompiledRules, Interner), Stop> {
        let contracts = (1..=CONTRACTS).map(|n| self.contract(n)).collect::<Result<_, _>>()?;
        let rules = Rules { contracts, ..Rules::default() };
        let rate = Rate {
            id: RateId(id(1)),
            base: currency("EUR")?,
            quote: currency("USD")?,
            date: day("2024-03-29")?,
            rate: Decimal::new(EURO, 4),
            source: "MANUAL".to_owned(),
        };
        let report = Report {
            id: ReportId(id(1)),
            received_on: day("2024-04-15")?,
            paid_on: None,
            rates: Vec::new(),
            charges: Vec::new(),
        };
        let scope = Scope { month: "2024-03".parse().map_err(broken)?, reports: vec![report], overrides: Vec::new() };
        let compiled = rules.compile(&Rates::new(vec![rate], None), &scope).map_err(broken)?;
        let names = compiled.interner();
        Ok((compiled, names))
    }

    fn contract(self, n: u32) -> Result<Contract, Stop> {
        let number = u128::from(n);
        let each = ITEMS / CONTRACTS;
        let participations = ((n - 1) * each..n * each)
            .map(|item| {
                Ok(Participation {
                    id: ParticipationId(id(u128::from(item) + 1)),
                    scope: ItemScope::Item(recording(item)),
                    ratio: hundredths(100)?,
                    kind: ParticipationKind::Participation,
                    territories: TerritorySet::world(),
                    valid_from: None,
                    valid_to: None,
                })
            })
            .collect::<Result<_, Stop>>()?;
        let splits = (1u128..)
            .zip(PARTS)
            .map(|(part, tenths)| {
                let payee = number * 10 + part;
                Ok(SplitNode {
                    id: SplitId(id(payee)),
                    party_id: PartyId(id(payee)),
                    ratio: hundredths(tenths * 10)?,
                    children: Vec::new(),
                })
            })
            .collect::<Result<_, Stop>>()?;
        let mut abroad = Term::new(TermId(id(number * 10 + 2)), self.model(n)?);
        abroad.matches.territories = TerritorySet::only([place(ABROAD[0])?, place(ABROAD[1])?]);
        let version = ContractVersion {
            id: ContractVersionId(id(number)),
            valid_from: day("2000-01-01")?,
            valid_to: None,
            participations,
            terms: vec![Term::new(TermId(id(number * 10 + 1)), self.model(n)?), abroad],
            rate_cards: Vec::new(),
            waterfall: self.waterfall()?,
            splits,
        };
        Ok(Contract::new(ContractId(id(number)), currency("USD")?, FxRule::MonthEnd, vec![version]))
    }

    fn model(self, n: u32) -> Result<Model, Stop> {
        if self == Self::Percentages {
            return Ok(Model::Percentage { base: Base::Net, rate: hundredths(rate_of(n))? });
        }
        let tier = |from: i64, rate: i64| -> Result<Tier, Stop> {
            Ok(Tier { from: Decimal::from(from), to: None, rate: TierRate::Percentage { rate: hundredths(rate)? } })
        };
        Ok(Model::Tiered {
            base: Base::Net,
            counter: Counter {
                name: Some("units".into()),
                measure: CounterMeasure::Units,
                per: CounterScope::Contract,
                territories: TerritorySet::world(),
                opening: Decimal::ZERO,
            },
            mode: TierMode::Marginal,
            tiers: vec![tier(0, 10)?, tier(50_000, 12)?, tier(100_000, 15)?],
        })
    }

    fn waterfall(self) -> Result<Vec<WaterfallStep>, Stop> {
        if self == Self::Percentages {
            return Ok(Vec::new());
        }
        let step = |n, name: &str, stage, part, of| -> Result<WaterfallStep, Stop> {
            Ok(WaterfallStep {
                id: SplitId(id(n)),
                name: name.into(),
                stage,
                amount: StepAmount::Percentage { ratio: hundredths(part)?, of },
                cap_per_period: None,
                cap: None,
                until_recouped: false,
                recipient: None,
                territories: TerritorySet::world(),
                configurations: Vec::new(),
                revenue_types: Vec::new(),
            })
        };
        Ok(vec![
            step(9_001, "fee", WaterfallStage::OffTheTop, 15, StepBase::Receipts)?,
            step(9_002, "marketing", WaterfallStage::OffTheTop, 5, StepBase::Remaining)?,
            step(9_003, "manager", WaterfallStage::BeforeSplit, 10, StepBase::Royalty)?,
        ])
    }
}

/// A line before it is a line, for both sides.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// Which recording.
    pub item: u32,
    /// Which of [`PLACES`].
    pub place: usize,
    /// In euros, not US dollars.
    pub euro: bool,
    /// The amount, in 10⁻⁸.
    pub amount: i64,
    units: i64,
    download: bool,
}

/// The lines, one after the other, without end.
pub fn drawn() -> impl Iterator<Item = Drawn> {
    let mut seed = 1u64;
    std::iter::repeat_with(move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // 31 bits: every part below fits its type.
        let random = u32::try_from(seed >> 33).unwrap_or_default();
        Drawn {
            item: random % ITEMS,
            place: (random % 5) as usize,
            euro: random.is_multiple_of(7),
            amount: i64::from(random % 1_000_000),
            units: i64::from(random % 100),
            download: random.is_multiple_of(3),
        }
    })
}

/// So many lines, a stretch at a time.
pub struct Lines {
    items: Vec<ItemRef>,
    places: Vec<Territory>,
    dollar: Currency,
    euro: Currency,
    sold: chrono::NaiveDate,
    platform: u16,
    drawn: Box<dyn Iterator<Item = Drawn>>,
    given: u64,
    all: u64,
}

impl Lines {
    /// From the first line on.
    ///
    /// # Errors
    /// When a code is unknown.
    pub fn new(names: &Interner, all: u64) -> Result<Self, Stop> {
        let mut names = names.clone();
        Ok(Self {
            items: (0..ITEMS).map(|item| names.item(recording(item))).collect(),
            places: PLACES.into_iter().map(place).collect::<Result<_, _>>()?,
            dollar: currency("USD")?,
            euro: currency("EUR")?,
            sold: day("2024-03-01")?,
            platform: names.platform("SPOTIFY"),
            drawn: Box::new(drawn()),
            given: 0,
            all,
        })
    }

    /// Replaces the stretch by the next one; whether there was one.
    pub fn next(&mut self, most: u64, stretch: &mut Vec<Line>) -> bool {
        stretch.clear();
        for drawn in self.drawn.by_ref().take(usize::try_from(most.min(self.all - self.given)).unwrap_or(usize::MAX)) {
            self.given += 1;
            stretch.push(Line {
                report: 0,
                line_no: self.given,
                item: self.items[drawn.item as usize],
                territory: self.places[drawn.place],
                currency: if drawn.euro { self.euro } else { self.dollar },
                amount: Decimal::new(drawn.amount, 8),
                gross: None,
                units: drawn.units,
                sale_date: self.sold,
                platform: self.platform,
                revenue_type: if drawn.download { RevenueType::Download } else { RevenueType::Stream },
                configuration: None,
                details: LineDetails::default(),
            });
        }
        !stretch.is_empty()
    }
}

const fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn recording(item: u32) -> ItemKey {
    RecordingId(id(u128::from(item) + 1)).into()
}

fn hundredths(value: i64) -> Result<Ratio, Stop> {
    Ratio::new(Decimal::new(value, 2)).map_err(broken)
}

fn currency(code: &str) -> Result<Currency, Stop> {
    Currency::parse(code).map_err(broken)
}

fn place(code: &str) -> Result<Territory, Stop> {
    Territory::parse(code).map_err(broken)
}

fn day(text: &str) -> Result<chrono::NaiveDate, Stop> {
    text.parse().map_err(broken)
}

fn broken(error: impl std::fmt::Debug) -> Stop {
    Stop::failed(format!("the measured rules are not accepted: {error:?}"))
}
