#![allow(clippy::unwrap_used)]

use async_graphql::{ScalarType, Value};

use super::*;

fn text<T: ScalarType>(text: &str) -> Option<T> {
    T::parse(Value::from(text)).ok()
}

#[test]
fn decimals_are_plain_strings() {
    assert_eq!(text::<Decimal>("-1234.50").unwrap().to_value(), Value::from("-1234.50"));
    for bad in ["1e5", "1,5", "+1", " 1", "", ".5", "5.", "NaN", "--1", "12345678901234567890123456789", "0x10"] {
        assert!(text::<Decimal>(bad).is_none(), "{bad}");
    }
    assert!(Decimal::parse(Value::from(1)).is_err());
    assert!(text::<BigInt>("9007199254740993").is_some());
    assert!(BigInt::parse(Value::from(1)).is_err());
}

#[test]
fn days_months_and_instants_are_exact() {
    assert!(text::<Date>("2026-02-28").is_some());
    assert!(text::<Date>("2026-02-30").is_none());
    assert!(text::<Date>("2026-2-3").is_none());
    assert!(text::<Month>("2026-13").is_none());
    let instant = text::<DateTime>("2026-01-31T13:00:00+01:00").unwrap();
    assert_eq!(instant.to_value(), Value::from("2026-01-31T12:00:00Z"));
}

#[test]
fn codes_are_normalised() {
    assert_eq!(text::<Isrc>("gb-aye-06-01498").unwrap().to_value(), Value::from("GBAYE0601498"));
    assert_eq!(text::<CurrencyCode>("eur").unwrap().to_value(), Value::from("EUR"));
    assert!(text::<CurrencyCode>("EURO").is_none());
    assert!(text::<TerritoryCode>("QQ").is_none());
}
