//! Reference data: exchange rates, and when providers paid at which.

mod fetch;
mod payments;
mod rates;
mod source;

pub(crate) use fetch::store;
pub use fetch::{FetchRates, exchange_rates_fetch, register};
pub use payments::{NewReportPayment, ReportPayment, report_payment_set, report_payments_of};
pub use rates::{ExchangeRate, ExchangeRateFilter, NewRate, exchange_rates, exchange_rates_set};
pub(crate) use rates::{MANUAL, in_input};
pub use source::{Published, PublishedRate, RateFile, RateSource};
