//! Periods, reports and lines.

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::decimal::LINE_SCALE;
use kernel::period::Month;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::names::Kind;
use super::problem::{Place, Problem};
use super::reader::{Node, fold, unknown_key};
use super::sugar::{Sugar, engine};
use crate::close::History;
use crate::fixed::Exact;
use crate::model::{Interner, ItemKey, Line, LineDetails, Override, Report};

/// A period as written.
#[derive(Debug)]
pub(super) struct Period {
    pub place: Place,
    pub month: Month,
    pub reports: Vec<Report>,
    pub lines: Vec<WrittenLine>,
    /// Amounts entered by hand.
    pub overrides: Vec<Override>,
    /// What earlier periods paid, to tell what is unusual.
    pub history: History,
    /// What the scenario expects of it.
    pub expect: Option<Value>,
}

/// A line with its names.
#[derive(Debug)]
pub(super) struct WrittenLine {
    /// Its own name, if it has one.
    pub id: Option<String>,
    pub report: u32,
    pub line_no: u64,
    /// None: the catalogue has no such item.
    pub item: Option<ItemKey>,
    pub item_name: String,
    pub territory: Territory,
    pub currency: Currency,
    pub amount: Decimal,
    /// What was cut off beyond 18 places.
    pub cut: Exact,
    pub gross: Option<Decimal>,
    pub units: i64,
    pub sale_date: NaiveDate,
    pub platform: String,
    pub revenue_type: RevenueType,
    pub configuration: Option<String>,
    pub price_category: Option<String>,
    pub release: Option<ItemKey>,
    pub ppd: Option<Decimal>,
    pub retail: Option<Decimal>,
    pub unit_price: Option<Decimal>,
    pub source_amount: Option<Decimal>,
    pub free_units: i64,
    pub track_count: Option<u16>,
    pub duration_seconds: Option<u32>,
    pub is_return: bool,
}

impl WrittenLine {
    /// As the engine reads it.
    pub fn line(&self, names: &mut Interner, item: ItemKey) -> Line {
        Line {
            report: self.report,
            line_no: self.line_no,
            item: names.item(item),
            territory: self.territory,
            currency: self.currency,
            amount: self.amount,
            gross: self.gross,
            units: self.units,
            sale_date: self.sale_date,
            platform: names.platform(&self.platform),
            revenue_type: self.revenue_type,
            configuration: self.configuration.as_deref().map(|name| names.configuration(name)),
            details: LineDetails {
                ppd: self.ppd,
                retail: self.retail,
                unit_price: self.unit_price,
                source_amount: self.source_amount,
                price_category: self.price_category.as_deref().map(|name| names.price_category(name)),
                release: self.release.map(|release| names.item(release)),
                free_units: self.free_units,
                track_count: self.track_count,
                duration_seconds: self.duration_seconds,
                is_return: self.is_return,
            },
        }
    }
}

/// Keys of a period; those of a report may stand in it when it has one report.
const PERIOD: &[&str] = &["month", "reports", "expect", "overrides", "history"];
/// Keys of a report.
const REPORT: &[&str] = &["name", "received", "paid", "statedRates", "charges", "defaults", "lines"];

impl Sugar<'_> {
    /// Reads a period. `month` is its month where none is written.
    pub(super) fn period(
        &mut self,
        node: &Node<'_>,
        month: Month,
        defaults: &Map<String, Value>,
    ) -> Result<Period, Problem> {
        let object = node.object()?;
        let month = object.get("month").map_or(Ok(month), |month| month.parse("a month such as 2024-03"))?;
        let mut period = Period {
            place: node.place.clone(),
            month,
            reports: Vec::new(),
            lines: Vec::new(),
            overrides: self.overrides(object.get("overrides").as_ref())?,
            history: self.history(object.get("history").as_ref())?,
            expect: None,
        };
        period.expect = object.get("expect").map(|expect| expect.value.clone());
        let mut inline = Map::new();
        for (key, below) in node.entries()? {
            if REPORT.contains(&key) {
                inline.insert(key.to_owned(), below.value.clone());
            } else if !PERIOD.contains(&key) {
                let known: Vec<&str> = PERIOD.iter().chain(REPORT).copied().collect();
                return Err(unknown_key(&node.place, key, &known));
            }
        }
        match object.get("reports") {
            Some(reports) => {
                if let Some(key) = inline.keys().next() {
                    let message = format!("stands beside `reports`: write `{key}` in a report");
                    return Err(Problem::new(&node.place.key(key), message));
                }
                for report in reports.list()? {
                    self.report(&report, &mut period, defaults)?;
                }
            }
            None => self.report(&Node::new(&Value::Object(inline), node.place.clone()), &mut period, defaults)?,
        }
        Ok(period)
    }

    fn overrides(&mut self, node: Option<&Node<'_>>) -> Result<Vec<Override>, Problem> {
        let mut overrides = Vec::new();
        for one in node.map(Node::list).transpose()?.into_iter().flatten() {
            overrides.push(engine(self.plain(&one)?, &one.place)?);
        }
        Ok(overrides)
    }

    /// `{"deal": {"anna": ["10.00", "12.00"]}}`, the oldest first.
    fn history(&mut self, node: Option<&Node<'_>>) -> Result<History, Problem> {
        let mut history = History::new();
        for (contract, payees) in node.map(Node::entries).transpose()?.into_iter().flatten() {
            let contract = self.names.id(Kind::Contract, contract).into();
            for (payee, amounts) in payees.entries()? {
                let amounts = amounts.list()?.iter().map(Node::decimal).collect::<Result<_, _>>()?;
                history.insert((contract, self.names.id(Kind::Party, payee).into()), amounts);
            }
        }
        Ok(history)
    }

    fn report(&mut self, node: &Node<'_>, period: &mut Period, defaults: &Map<String, Value>) -> Result<(), Problem> {
        let object = node.object()?;
        let position = u32::try_from(period.reports.len()).unwrap_or(u32::MAX);
        let name = match object.get("name") {
            Some(name) => name.text()?.to_owned(),
            None => format!("report {}", position + 1),
        };
        let received = object.get("received").map_or(Ok(period.month.last_day()), |date| date.date())?;
        let paid = object.get("paid").map(|date| date.date()).transpose()?;
        let mut rates = Vec::new();
        for rate in object.get("statedRates").map(|rates| rates.list()).transpose()?.into_iter().flatten() {
            rates.push(super::rates::pair(&rate)?);
        }
        let charges = object.get("charges").map_or_else(|| Ok(json!([])), |charges| self.charges(&charges))?;
        let id = self.names.id_as(Kind::Report, &format!("{}/{name}", period.month), &name);
        let report = json!({ "id": id, "receivedOn": received, "paidOn": paid, "rates": rates, "charges": charges });
        period.reports.push(engine(report, &node.place)?);
        let mut merged = defaults.clone();
        if let Some(own) = object.get("defaults") {
            for (key, below) in own.entries()? {
                merged.insert(key.to_owned(), below.value.clone());
            }
        }
        let mut number = 0;
        for line in object.get("lines").map(|lines| lines.list()).transpose()?.into_iter().flatten() {
            number += 1;
            let line = self.line(&line, position, number, period.month, &merged)?;
            period.lines.push(line);
        }
        object.finish()
    }

    fn charges(&self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut charges = Vec::new();
        for (index, one) in node.list()?.iter().enumerate() {
            let object = one.object()?;
            let name = object
                .get("name")
                .map_or_else(|| Ok(format!("charge {}", index + 1)), |name| name.text().map(str::to_owned))?;
            let kind = object.get("kind").map_or_else(|| Ok("FEE".to_owned()), |kind| kind.text().map(fold))?;
            let amount = object.need("amount")?.decimal()?.to_string();
            let currency = object.get("currency").map_or(json!(self.currency), |currency| currency.value.clone());
            object.finish()?;
            charges.push(json!({ "name": name, "kind": kind, "amount": amount, "currency": currency }));
        }
        Ok(Value::Array(charges))
    }

    fn line(
        &mut self,
        node: &Node<'_>,
        report: u32,
        number: u64,
        month: Month,
        defaults: &Map<String, Value>,
    ) -> Result<WrittenLine, Problem> {
        let mut all = defaults.clone();
        for (key, below) in node.entries()? {
            all.insert(key.to_owned(), below.value.clone());
        }
        let all = Value::Object(all);
        let object = Node::new(&all, node.place.clone()).object()?;
        let decimal = |key: &str| object.get(key).map(|node| node.decimal()).transpose();
        let text = |key: &str| object.get(key).map(|node| node.text().map(str::to_owned)).transpose();
        let item = object.need("item")?;
        let known = self.catalogue.kind(item.text()?);
        let item_key = known.map(|kind| ItemKey {
            kind,
            id: self.names.id(super::sugar::item_kind(kind), item.text().unwrap_or_default()),
        });
        let release = match object.get("release") {
            Some(release) => Some(engine(self.item(&release)?, &release.place)?),
            None => None,
        };
        let (amount, cut) = amount(&object.need("amount")?)?;
        let small =
            |key: &str| object.get(key).map(|node| node.whole().and_then(|number| fits(&node, number))).transpose();
        let line = WrittenLine {
            id: text("id")?,
            report,
            line_no: match object.get("line") {
                Some(line) => line.whole().and_then(|number| fits(&line, number))?,
                None => number,
            },
            item: item_key,
            item_name: item.text()?.to_owned(),
            territory: object.get("territory").map_or(Ok(Territory::UNKNOWN), |node| node.territory())?,
            currency: match object.get("currency") {
                Some(currency) => currency.currency()?,
                None => Currency::parse(&self.currency).map_err(|error| node.wrong(error.to_string()))?,
            },
            amount,
            cut,
            gross: decimal("gross")?,
            units: object.get("units").map_or(Ok(0), |units| units.whole())?,
            sale_date: object.get("date").map_or(Ok(month.first_day()), |date| date.date())?,
            platform: text("platform")?.unwrap_or_else(|| "ANY".to_owned()),
            revenue_type: object.get("type").map_or(Ok(RevenueType::Stream), |kind| kind.word())?,
            configuration: text("configuration")?,
            price_category: text("priceCategory")?,
            release,
            ppd: decimal("ppd")?,
            retail: decimal("retail")?,
            unit_price: decimal("unitPrice")?,
            source_amount: decimal("sourceAmount")?,
            free_units: object.get("freeUnits").map_or(Ok(0), |units| units.whole())?,
            track_count: small("trackCount")?,
            duration_seconds: small("durationSeconds")?.map(u32::from),
            is_return: object.get("return").map_or(Ok(false), |flag| flag.flag())?,
        };
        object.finish()?;
        Ok(line)
    }
}

fn fits<T: TryFrom<i64>>(node: &Node<'_>, number: i64) -> Result<T, Problem> {
    T::try_from(number).map_err(|_| node.wrong(format!("{number} is out of range")))
}

/// A line's amount: at most 18 places are kept, what lies beyond is cut towards zero and accounted for.
fn amount(node: &Node<'_>) -> Result<(Decimal, Exact), Problem> {
    let none = Exact::from(Decimal::ZERO);
    let Value::String(text) = node.value else { return Ok((node.decimal()?, none)) };
    let text = text.trim();
    let Some((_, fraction)) = text.split_once('.') else { return Ok((node.decimal()?, none)) };
    let keep = LINE_SCALE as usize;
    if fraction.len() <= keep || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((node.decimal()?, none));
    }
    let beyond = &fraction[keep..];
    let kept = Value::String(text[..text.len() - beyond.len()].to_owned());
    let kept = Node::new(&kept, node.place.clone()).decimal()?;
    let too_many = || node.wrong("has more decimal places than 56: no report carries so many");
    let digits: u128 = beyond.parse().map_err(|_| too_many())?;
    let scale = u32::try_from(fraction.len()).map_err(|_| too_many())?;
    Ok((kept, Exact::new(text.starts_with('-'), crate::fixed::Product::Narrow(digits), scale)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_31_places_keep_18_and_account_for_the_rest() {
        let text = json!("-0.1234567890123456789012345678901");
        let (kept, cut) = amount(&Node::new(&text, Place::default())).unwrap();
        assert_eq!(kept.to_string(), "-0.123456789012345678");
        assert_eq!(cut.to_string(), "-0.0000000000000000009012345678901");
    }
}
