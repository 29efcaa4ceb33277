//! The two tenants and their houses.

use super::model::Organisation;

/// What is fixed about a tenant; everything else grows from the seed.
pub struct Blueprint {
    /// Name, shown to people.
    pub name: &'static str,
    /// Short name for folders and sign-ins.
    pub slug: &'static str,
    /// Prefix of references and contract numbers.
    pub prefix: &'static str,
    /// Base currency.
    pub currency: &'static str,
    /// Registrant part of its ISRCs.
    pub registrant: &'static str,
    /// Keeps the tenant's identifiers apart from the other's.
    pub block: u32,
    /// Artists.
    pub artists: usize,
    /// Recordings.
    pub recordings: usize,
    /// Works.
    pub works: usize,
    /// Organisations, parents before children.
    pub organisations: &'static [Organisation],
}

const fn house(
    name: &'static str,
    parent: Option<&'static str>,
    kind: &'static str,
    currency: &'static str,
    signs: &'static [&'static str],
) -> Organisation {
    Organisation { name, parent, kind, currency, signs }
}

/// A label with sub-labels and imprints.
pub const AURORA: Blueprint = Blueprint {
    name: "Aurora Records Group",
    slug: "aurora",
    prefix: "AUR",
    currency: "GBP",
    registrant: "Z9A",
    block: 1,
    artists: 110,
    recordings: 1_240,
    works: 60,
    organisations: &[
        house("Kestrel Yard", None, "SUB_LABEL", "GBP", &[]),
        house("Low Tide Tapes", Some("Kestrel Yard"), "IMPRINT", "GBP", &["GB"]),
        house("Lantern Row", Some("Kestrel Yard"), "IMPRINT", "GBP", &["NG", "IN", "GB"]),
        house("Polar Thread", None, "SUB_LABEL", "SEK", &[]),
        house("Ny Hamn", Some("Polar Thread"), "IMPRINT", "SEK", &["SE"]),
        house("Frostwork", Some("Polar Thread"), "IMPRINT", "SEK", &["SE", "PL"]),
        house("Brackwater", None, "SUB_LABEL", "USD", &[]),
        house("Dust Ledger Recordings", Some("Brackwater"), "IMPRINT", "USD", &["US"]),
        house("Brackwater Sur", Some("Brackwater"), "IMPRINT", "USD", &["MX", "BR", "US"]),
        house("Lichtfalle", None, "SUB_LABEL", "EUR", &[]),
        house("Kleine Wolke Tonträger", Some("Lichtfalle"), "IMPRINT", "EUR", &["DE", "FR"]),
        house("Nachtregal", Some("Lichtfalle"), "IMPRINT", "EUR", &["GR", "UA", "TR", "DE"]),
        house("Sakaime 境目", None, "SUB_LABEL", "JPY", &[]),
        house("星屑カセット", Some("Sakaime 境目"), "IMPRINT", "JPY", &["JP"]),
        house("Sakaime Seoul", Some("Sakaime 境目"), "IMPRINT", "JPY", &["KR", "JP"]),
    ],
};

/// A publisher-distributor with regional organisations.
pub const MERIDIAN: Blueprint = Blueprint {
    name: "Meridian Music Rights",
    slug: "meridian",
    prefix: "MER",
    currency: "EUR",
    registrant: "Z9M",
    block: 2,
    artists: 70,
    recordings: 760,
    works: 240,
    organisations: &[
        house("Meridian Distribution", None, "DISTRIBUTOR", "EUR", &[]),
        house(
            "Meridian Distribution Europe",
            Some("Meridian Distribution"),
            "DISTRIBUTOR",
            "EUR",
            &["FR", "ES", "PL", "GR", "GB"],
        ),
        house(
            "Meridian Distribution Americas",
            Some("Meridian Distribution"),
            "DISTRIBUTOR",
            "USD",
            &["US", "BR", "MX", "ES"],
        ),
        house(
            "Meridian Distribution South & East",
            Some("Meridian Distribution"),
            "DISTRIBUTOR",
            "GBP",
            &["EG", "TR", "IN", "NG", "UA"],
        ),
        house("Meridian Publishing", None, "PUBLISHER", "EUR", &[]),
        house("Meridian Publishing Nordic", Some("Meridian Publishing"), "PUBLISHER", "SEK", &[]),
    ],
};

/// The two tenants, in the order of all lists.
pub const BLUEPRINTS: [&Blueprint; 2] = [&AURORA, &MERIDIAN];
