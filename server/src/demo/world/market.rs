//! Where music is heard and in which money: territories, customer prices, exchange rates.
//!
//! All figures are invented, in a plausible order of magnitude.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

/// A part of the world that a provider reports on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Europe, paid in euro.
    Europe,
    /// Japan alone.
    Japan,
    /// Every other territory.
    Elsewhere,
}

/// A territory as a market.
#[derive(Debug)]
pub struct Market {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// The English name a distributor prints.
    pub name: &'static str,
    /// Which region it belongs to.
    pub region: Region,
    /// Share of the listening, relative to the others.
    pub weight: u64,
    /// What a stream is worth, in per mille of the United States.
    pub value: u64,
    /// Currency that customers pay in.
    pub currency: &'static str,
    /// Shop price of a track, in minor units of that currency.
    pub track_price: i64,
}

const fn market(
    code: &'static str,
    name: &'static str,
    region: Region,
    weight: u64,
    value: u64,
    currency: &'static str,
    track_price: i64,
) -> Market {
    Market { code, name, region, weight, value, currency, track_price }
}

use Region::{Elsewhere, Europe, Japan};

/// The territories of the invented reports.
pub const MARKETS: &[Market] = &[
    market("US", "USA", Elsewhere, 250, 1000, "USD", 129),
    market("GB", "United Kingdom", Europe, 90, 1050, "GBP", 99),
    market("DE", "Germany", Europe, 80, 980, "EUR", 129),
    market("FR", "France", Europe, 55, 900, "EUR", 129),
    market("SE", "Sweden", Europe, 40, 1020, "SEK", 1300),
    market("JP", "Japan", Japan, 60, 1100, "JPY", 255),
    market("BR", "Brazil", Elsewhere, 60, 260, "BRL", 490),
    market("MX", "Mexico", Elsewhere, 55, 280, "MXN", 1500),
    market("NL", "Netherlands", Europe, 30, 1010, "EUR", 129),
    market("ES", "Spain", Europe, 35, 620, "EUR", 129),
    market("IT", "Italy", Europe, 35, 640, "EUR", 129),
    market("CA", "Canada", Elsewhere, 40, 930, "CAD", 169),
    market("AU", "Australia", Elsewhere, 35, 990, "AUD", 219),
    market("NO", "Norway", Europe, 18, 1250, "NOK", 1200),
    market("DK", "Denmark", Europe, 16, 1180, "DKK", 1000),
    market("FI", "Finland", Europe, 14, 1020, "EUR", 129),
    market("PL", "Poland", Europe, 28, 430, "PLN", 599),
    market("CH", "Switzerland", Europe, 14, 1350, "CHF", 160),
    market("AT", "Austria", Europe, 14, 990, "EUR", 129),
    market("BE", "Belgium", Europe, 14, 950, "EUR", 129),
    market("IE", "Ireland", Europe, 10, 1000, "EUR", 129),
    market("PT", "Portugal", Europe, 10, 520, "EUR", 129),
    market("GR", "Greece", Europe, 12, 480, "EUR", 129),
    market("CZ", "Czech Republic", Europe, 10, 520, "CZK", 2900),
    market("HU", "Hungary", Europe, 9, 430, "HUF", 35_000),
    market("RO", "Romania", Europe, 10, 380, "RON", 599),
    market("TR", "Turkey", Europe, 30, 160, "TRY", 1299),
    market("UA", "Ukraine", Europe, 14, 240, "UAH", 3900),
    market("KR", "South Korea", Elsewhere, 25, 870, "KRW", 1700),
    market("TW", "Taiwan", Elsewhere, 14, 560, "TWD", 2900),
    market("HK", "Hong Kong", Elsewhere, 8, 720, "HKD", 800),
    market("SG", "Singapore", Elsewhere, 8, 830, "SGD", 128),
    market("IN", "India", Elsewhere, 70, 90, "INR", 1500),
    market("ID", "Indonesia", Elsewhere, 35, 140, "IDR", 700_000),
    market("PH", "Philippines", Elsewhere, 30, 150, "PHP", 3900),
    market("TH", "Thailand", Elsewhere, 18, 210, "THB", 3500),
    market("NZ", "New Zealand", Elsewhere, 9, 960, "NZD", 239),
    market("ZA", "South Africa", Elsewhere, 12, 330, "ZAR", 1799),
    market("NG", "Nigeria", Elsewhere, 20, 70, "NGN", 30_000),
    market("EG", "Egypt", Elsewhere, 16, 80, "EGP", 1200),
    market("AR", "Argentina", Elsewhere, 22, 170, "ARS", 39_900),
    market("CL", "Chile", Elsewhere, 16, 300, "CLP", 790),
    market("CO", "Colombia", Elsewhere, 20, 210, "COP", 290_000),
];

/// The currency in which somebody who lives there is usually paid.
pub fn payment_currency(country: &str) -> &'static str {
    match country {
        "SE" => "SEK",
        "GB" => "GBP",
        "DE" | "FR" | "ES" | "GR" | "IE" | "AT" | "PT" | "FI" | "UA" | "TR" => "EUR",
        "JP" => "JPY",
        "KR" => "KRW",
        "BR" => "BRL",
        "MX" => "MXN",
        "IN" => "INR",
        "PL" => "PLN",
        _ => "USD",
    }
}

/// A round threshold in this currency, worth about 50 US dollars.
pub fn usual_threshold(currency: &str) -> &'static str {
    match currency {
        "SEK" => "500",
        "GBP" => "40",
        "JPY" => "5000",
        "KRW" => "50000",
        "BRL" => "250",
        "MXN" => "900",
        "INR" => "4000",
        "PLN" => "200",
        _ => "50",
    }
}

/// What an artist may get for each download, in the currency of the contract.
pub fn per_download(currency: &str) -> Decimal {
    match currency {
        "SEK" => Decimal::new(125, 2),
        "JPY" => Decimal::new(18, 0),
        "GBP" => Decimal::new(9, 2),
        _ => Decimal::new(11, 2),
    }
}

/// Units of each currency for one US dollar, in ten-thousandths, in December 2025.
const PER_DOLLAR: &[(&str, i64)] = &[
    ("USD", 10_000),
    ("EUR", 9_150),
    ("GBP", 7_840),
    ("JPY", 1_512_000),
    ("SEK", 104_500),
    ("BRL", 56_200),
    ("MXN", 184_000),
    ("PLN", 39_400),
    ("KRW", 13_850_000),
    ("INR", 842_000),
];

/// Currencies that reports and contracts are stated in: what has to be converted from.
const BASES: &[&str] = &["USD", "EUR", "GBP", "JPY", "SEK"];

/// An invented exchange rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The last day of a month.
    pub on: NaiveDate,
    /// One unit of this currency …
    pub base: &'static str,
    /// … is `rate` units of this one.
    pub quote: &'static str,
    /// Eight decimals.
    pub rate: Decimal,
}

/// Rates from every currency of reports and contracts into every other, for the last day of each month from
/// December 2025 to June 2026.
pub fn exchange_rates() -> Vec<ExchangeRate> {
    let month_ends =
        [(2025, 12, 31), (2026, 1, 31), (2026, 2, 28), (2026, 3, 31), (2026, 4, 30), (2026, 5, 31), (2026, 6, 30)];
    let mut rates = Vec::new();
    for (step, (year, month, day)) in (0i64..).zip(month_ends) {
        let Some(on) = NaiveDate::from_ymd_opt(year, month, day) else { continue };
        for base in BASES {
            for (quote, _) in PER_DOLLAR.iter().filter(|(quote, _)| quote != base) {
                rates.push(ExchangeRate { on, base, quote, rate: rate(base, quote, step) });
            }
        }
    }
    rates
}

/// The rate between two currencies of the table after `step` months.
pub fn rate(base: &str, quote: &str, step: i64) -> Decimal {
    let ratio = per_dollar(quote, step) / per_dollar(base, step);
    ratio.round_dp_with_strategy(8, RoundingStrategy::MidpointAwayFromZero)
}

fn per_dollar(currency: &str, step: i64) -> Decimal {
    let (place, units) = (0i64..)
        .zip(PER_DOLLAR)
        .find_map(|(place, (code, units))| (*code == currency).then_some((place, *units)))
        .unwrap_or((0, 10_000));
    // Each currency drifts by its own few per mille a month; the dollar stands still.
    let drift = if place == 0 { 0 } else { ((place * 7 + step * 3) % 11 - 5) * step };
    Decimal::new(units * (1000 + drift), 7)
}
