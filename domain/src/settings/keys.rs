//! The keys. Adding one is adding it here; a key is never renamed and never changes its meaning.

use super::effective::Level::{self, Organisation, RightsHolder, Tenant};
use super::key::SettingKey;
use super::value::ValueType::{
    Amounts, Choice, Choices, Colour, Currency, Integer, OptionalCurrency, OptionalEmail, Ratio, Text,
};

const T: &[Level] = &[Tenant];
const TO: &[Level] = &[Tenant, Organisation];
const TOR: &[Level] = &[Tenant, Organisation, RightsHolder];

macro_rules! keys {
    ($($name:ident = $key:literal, $value_type:expr, $default:literal, $levels:expr, $description:literal;)*) => {
        $(
            #[doc = $description]
            pub static $name: SettingKey = SettingKey {
                key: $key, value_type: $value_type, default: $default, levels: $levels, description: $description,
            };
        )*

        /// Every key, by name.
        pub static KEYS: &[&SettingKey] = &[$(&$name),*];
    };
}

keys! {
    ACCOUNTING_YEAR_START_MONTH = "accounting_year_start_month", Integer { min: 1, max: 12 }, "1", T,
        "The month in which the accounting year begins, 1 to 12: quarters, half years and retention count from it.";
    BASE_CURRENCY = "base_currency", Currency, "\"EUR\"", T,
        "The currency of the books: what contracts are accounted in when they name none, and the pivot of exchange rates.";
    BRAND_ACCENT_COLOUR = "brand_accent_colour", Colour, "\"#1f3a5f\"", TO,
        "The colour of headings and rules on statements.";
    BRAND_CONTACT_EMAIL = "brand_contact_email", OptionalEmail, "null", TO,
        "Where payees ask about a statement; null for no address on statements.";
    BRAND_FOOTER = "brand_footer", Text { max_chars: 1_000 }, "\"\"", TO,
        "The legal text of statements, line by line: registration, tax number, bank.";
    BRAND_LOGO = "brand_logo", Text { max_chars: 64 }, "\"\"", TO,
        "The logo on statements, by the hash that `brandLogoAdd` answers; empty for none.";
    BRAND_SENDER_ADDRESS = "brand_sender_address", Text { max_chars: 1_000 }, "\"\"", TO,
        "The address of the sender on statements, line by line.";
    BRAND_SENDER_NAME = "brand_sender_name", Text { max_chars: 500 }, "\"\"", TO,
        "The name of the sender on statements; empty for the tenant's own name.";
    DEFAULT_ROYALTY_RATIO = "default_royalty_ratio", Ratio, "\"0.5\"", TOR,
        "The royalty ratio that a new percentage term is given when it names none.";
    FX_PIVOT = "fx_pivot", OptionalCurrency, "null", T,
        "The currency through which two others are converted when there is no rate between them; null for the base currency, or the one most rates are stated in where none is stated in that.";
    FX_SOURCES = "fx_sources", Choices(&["MANUAL", "ECB"]), r#"["MANUAL", "ECB"]"#, T,
        "Whose exchange rates count: entered by hand, or the European Central Bank's. The first counts where several state the same pair and day.";
    GRAPHQL_DOCUMENTS = "graphql_documents", Choice(&["ANY", "REGISTERED"]), "\"ANY\"", T,
        "Which GraphQL documents members and keys may send: any, or registered ones only. Who may change this setting is exempt.";
    LOCALE = "locale", Choice(&["en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "pt-BR", "sv-SE", "ja-JP"]),
        "\"en-GB\"", TOR, "Language and number format of statements and messages; English where a language has no words yet.";
    PAYMENT_APPROVER = "payment_approver", Choice(&["ANY_APPROVER", "OWNER"]), "\"ANY_APPROVER\"", T,
        "Who may approve payment batches, always other than their maker: anybody with the permission, or an owner only.";
    PAYMENT_CURRENCY = "payment_currency", OptionalCurrency, "null", TOR,
        "The currency payees are paid in, unless they wish another; null for the currency of the statement.";
    PAYMENT_THRESHOLD = "payment_threshold", Amounts, r#"{"EUR": "25.00", "GBP": "20.00", "JPY": "3000", "USD": "25.00"}"#, TOR,
        "The smallest payment per currency, unless the payee wishes another; less is carried forward. A currency not named has no threshold.";
    RETENTION_YEARS = "retention_years", Integer { min: 1, max: 30 }, "10", T,
        "How many years the files of reports are kept after the accounting year they were booked in. Figures, statements and payments stay.";
    ROUNDING_MODE = "rounding_mode", Choice(&["HALF_UP", "HALF_EVEN"]), "\"HALF_UP\"", T,
        "How a half of the smallest unit is rounded when royalties are posted: away from zero, or to the even neighbour.";
    RUN_APPROVER = "run_approver", Choice(&["ANY_APPROVER", "OWNER"]), "\"ANY_APPROVER\"", T,
        "Who may approve calculation runs, always other than their maker: anybody with the permission, or an owner only.";
    STATEMENT_APPROVER = "statement_approver", Choice(&["ANY_APPROVER", "OWNER"]), "\"ANY_APPROVER\"", T,
        "Who may approve statements, always other than their maker: anybody with the permission, or an owner only.";
    STATEMENT_CALENDAR = "statement_calendar", Choice(&["MONTHLY", "QUARTERLY", "HALF_YEARLY"]), "\"QUARTERLY\"", TOR,
        "How often statements are made for contracts that do not say.";
    STATEMENT_DUE_DAYS = "statement_due_days", Integer { min: 0, max: 366 }, "45", TOR,
        "Days after the end of the period within which what a statement owes is paid.";
    STATEMENT_FORMS = "statement_forms", Choices(&["PDF", "XLSX", "CSV"]), r#"["PDF", "XLSX", "CSV"]"#, TOR,
        "The documents that are made of a statement.";
    STATEMENT_PAGE_SIZE = "statement_page_size", Choice(&["A4", "LETTER"]), "\"A4\"", TOR,
        "The paper of statements.";
}

/// The key of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static SettingKey> {
    KEYS.binary_search_by(|key| key.key.cmp(name)).ok().map(|index| KEYS[index])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::value::validate;
    use super::*;

    #[test]
    fn keys_are_sorted_described_and_their_defaults_hold() {
        assert!(KEYS.is_sorted_by_key(|key| key.key));
        for key in KEYS {
            assert_eq!(by_name(key.key), Some(*key));
            assert!(!key.description.is_empty() && !key.levels.is_empty(), "{}", key.key);
            let default = serde_json::from_str(key.default).unwrap();
            assert_eq!(validate(key.value_type, &default), Ok(default.clone()), "{}", key.key);
        }
        assert_eq!(by_name("no_such_key"), None);
    }
}
