//! `eurofxref-daily.xml` and its siblings: cubes of days with cubes of currencies in them.

use chrono::NaiveDate;
use domain::reference::{Published, PublishedRate};
use kernel::currency::Currency;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rust_decimal::Decimal;

use super::Unreadable;

/// Reads the XML layout. Document types and entities are not part of it and are refused.
pub(super) fn read(bytes: &[u8]) -> Result<Published, Unreadable> {
    let mut reader = Reader::from_reader(bytes);
    let mut published = Published::default();
    let mut day: Option<NaiveDate> = None;
    let mut seen_cube = false;
    loop {
        let at = line(bytes, reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) if element.local_name().as_ref() == "Cube" => {
                seen_cube = true;
                cube(&element, at, &mut day, &mut published)?;
            }
            Ok(Event::DocType(_)) => {
                return Err(Unreadable::new(at, "a document type has no place in a file of rates"));
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => return Err(Unreadable::new(line(bytes, reader.error_position()), error.to_string())),
        }
    }
    if seen_cube && !published.rates.is_empty() {
        return Ok(published);
    }
    Err(Unreadable::new(1, "there is no `Cube` with a rate in it: this is not a file of the bank's reference rates"))
}

/// A cube is a day, a rate, or the frame around the days.
fn cube(
    element: &BytesStart<'_>,
    at: u64,
    day: &mut Option<NaiveDate>,
    published: &mut Published,
) -> Result<(), Unreadable> {
    let (mut currency, mut rate) = (None, None);
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| Unreadable::new(at, error.to_string()))?;
        let value = attribute.value.as_ref();
        match attribute.key.as_ref() {
            "time" => {
                let parsed = NaiveDate::parse_from_str(value, "%Y-%m-%d");
                *day = Some(parsed.map_err(|_| Unreadable::new(at, format!("`{value}` is not a day")))?);
            }
            "currency" => currency = Some(value.to_owned()),
            "rate" => rate = Some(value.to_owned()),
            _ => {}
        }
    }
    match (currency, rate) {
        (None, None) => Ok(()),
        (Some(currency), Some(rate)) => {
            let on = day.ok_or_else(|| Unreadable::new(at, format!("the rate of {currency} is of no day")))?;
            add(published, &currency, &rate, on).map_err(|message| Unreadable::new(at, message))
        }
        (Some(currency), None) => Err(Unreadable::new(at, format!("{currency} has no rate"))),
        (None, Some(rate)) => Err(Unreadable::new(at, format!("the rate {rate} has no currency"))),
    }
}

/// Adds a rate of the euro in a currency.
pub(super) fn add(published: &mut Published, code: &str, rate: &str, on: NaiveDate) -> Result<(), String> {
    let (Ok(base), Ok(quote)) = (Currency::parse("EUR"), Currency::parse(code)) else {
        *published.skipped.entry(code.to_owned()).or_default() += 1;
        return Ok(());
    };
    let number: Decimal = rate.parse().map_err(|_| format!("`{rate}` is not a rate of {code}"))?;
    if number <= Decimal::ZERO {
        return Err(format!("the rate of {code} is {rate}: a rate is above zero"));
    }
    published.rates.push(PublishedRate { base, quote, on, rate: number.normalize() });
    Ok(())
}

/// The line of a place.
fn line(bytes: &[u8], position: u64) -> u64 {
    let end = usize::try_from(position).unwrap_or(bytes.len()).min(bytes.len());
    1 + bytes[..end].iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// In the published layout; the figures are our own.
    const DAILY: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='2026-01-30'>
			<Cube currency='USD' rate='1.1250'/>
			<Cube currency='JPY' rate='170.05'/>
			<Cube currency='QQQ' rate='3'/>
		</Cube>
		<Cube time='2026-01-29'>
			<Cube currency='USD' rate='1.1200'/>
		</Cube>
	</Cube>
</gesmes:Envelope>"#;

    #[test]
    fn days_and_currencies_are_read() {
        let published = read(DAILY.as_bytes()).unwrap();
        let shown: Vec<String> =
            published.rates.iter().map(|one| format!("{} {}/{} {}", one.on, one.base, one.quote, one.rate)).collect();
        assert_eq!(shown, ["2026-01-30 EUR/USD 1.125", "2026-01-30 EUR/JPY 170.05", "2026-01-29 EUR/USD 1.12"]);
        assert_eq!(published.skipped.get("QQQ"), Some(&1), "a code outside ISO 4217 is counted");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let broken = |from: &str, to: &str| read(DAILY.replace(from, to).as_bytes()).unwrap_err();
        assert_eq!(broken("170.05", "170,05"), Unreadable::new(10, "`170,05` is not a rate of JPY"));
        assert_eq!(broken("1.1250", "-1").line, 9);
        assert_eq!(broken("2026-01-30", "30.01.2026").line, 8);
        assert_eq!(broken(" rate='1.1250'", "").message, "USD has no rate");
        assert!(read(b"<html><body>Maintenance</body></html>").unwrap_err().message.contains("no `Cube`"));
        assert!(read(b"<!DOCTYPE x [<!ENTITY a 'b'>]><Cube/>").unwrap_err().message.contains("document type"));
        assert!(read(&DAILY.as_bytes()[..DAILY.len() - 40]).is_err(), "cut off");
    }
}
