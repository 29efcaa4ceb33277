//! Reference data: exchange rates.

mod rates;

pub use rates::{ExchangeRate, ExchangeRateFilter, NewRate, exchange_rates, exchange_rates_set};
