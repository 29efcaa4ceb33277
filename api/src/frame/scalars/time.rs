//! Days, instants and months.

use chrono::{NaiveDate, SecondsFormat, Utc};

use super::text_scalar;

text_scalar! {
    /// A calendar day: `"2026-01-31"`.
    Date(NaiveDate),
    |text| {
        let exact = text.len() == 10;
        text.parse().ok().filter(|_| exact).ok_or_else(|| format!("`{text}` is not a date such as 2026-01-31"))
    },
    ToString::to_string
}
text_scalar! {
    /// An instant in UTC (RFC 3339): `"2026-01-31T12:00:00Z"`.
    DateTime(chrono::DateTime<Utc>),
    |text| {
        chrono::DateTime::parse_from_rfc3339(text)
            .map(|instant| instant.with_timezone(&Utc))
            .map_err(|_| format!("`{text}` is not an instant such as 2026-01-31T12:00:00Z"))
    },
    |instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
text_scalar! {
    /// A calendar month, the unit of accounting: `"2026-01"`.
    Month(kernel::period::Month),
    |text| text.parse().map_err(|error: kernel::period::NotAMonth| error.to_string()),
    ToString::to_string
}
