//! Codes of the trade and of ISO.

use super::text_scalar;

text_scalar! {
    /// A currency of ISO 4217, three letters: `EUR`.
    CurrencyCode(kernel::currency::Currency),
    |text| kernel::currency::Currency::parse(text).map_err(|error| error.to_string()),
    |currency| currency.code().to_owned()
}
text_scalar! {
    /// A territory of ISO 3166-1, two letters: `DE`; `ZZ` for unknown or several.
    TerritoryCode(kernel::territory::Territory),
    |text| kernel::territory::Territory::parse(text).map_err(|error| error.to_string()),
    |territory| territory.code().to_owned()
}
text_scalar! {
    /// International Standard Recording Code (ISO 3901), normalised to 12 characters: `GBAYE0601498`.
    Isrc(kernel::codes::Isrc),
    |text| kernel::codes::Isrc::parse(text).map_err(|error| error.to_string()),
    |code| code.to_string()
}
text_scalar! {
    /// International Standard Musical Work Code (ISO 15707), normalised to `T` and ten digits.
    Iswc(kernel::codes::Iswc),
    |text| kernel::codes::Iswc::parse(text).map_err(|error| error.to_string()),
    |code| code.to_string()
}
text_scalar! {
    /// UPC-A or EAN-13, normalised to 13 digits, check digit verified.
    Upc(kernel::codes::Upc),
    |text| kernel::codes::Upc::parse(text).map_err(|error| error.to_string()),
    |code| code.to_string()
}
text_scalar! {
    /// Interested Party Information name number (CISAC), normalised to eleven digits.
    Ipi(kernel::codes::Ipi),
    |text| kernel::codes::Ipi::parse(text).map_err(|error| error.to_string()),
    |code| code.to_string()
}
text_scalar! {
    /// International Standard Name Identifier (ISO 27729), 16 characters, check digit verified.
    Isni(kernel::codes::Isni),
    |text| kernel::codes::Isni::parse(text).map_err(|error| error.to_string()),
    |code| code.to_string()
}
