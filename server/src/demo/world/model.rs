//! The invented world as plain data. Words of closed lists are those of `docs/imports.md`.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::random::Weights;

/// A tenant with everything it owns.
pub struct Tenant {
    /// Name, shown to people.
    pub name: &'static str,
    /// Short name for folders and sign-ins.
    pub slug: &'static str,
    /// Base currency, ISO 4217.
    pub currency: &'static str,
    /// Organisations below the tenant's root, parents before children.
    pub organisations: &'static [Organisation],
    /// Rights holders.
    pub parties: Vec<Party>,
    /// Artists: the key to whose recordings are under which contract.
    pub artists: Vec<Artist>,
    /// Recordings.
    pub recordings: Vec<Recording>,
    /// Releases with their tracks.
    pub releases: Vec<Release>,
    /// Works.
    pub works: Vec<Work>,
    /// Groups of items.
    pub groups: Vec<Group>,
    /// Contracts.
    pub contracts: Vec<Contract>,
    /// Recordings by popularity, the most popular first: indexes into `recordings`.
    pub ranking: Vec<usize>,
    /// How often each rank is heard.
    pub popularity: Weights,
}

/// A label, sub-label, imprint, distributor or publisher inside a tenant.
#[derive(Debug)]
pub struct Organisation {
    /// Name, unique in the tenant.
    pub name: &'static str,
    /// Name of the parent; none = directly below the tenant's root.
    pub parent: Option<&'static str>,
    /// `LABEL`, `SUB_LABEL`, `IMPRINT`, `DISTRIBUTOR`, `PUBLISHER`.
    pub kind: &'static str,
    /// Currency of its contracts.
    pub currency: &'static str,
    /// Home countries of the artists it signs; empty for an organisation that signs nobody itself.
    pub signs: &'static [&'static str],
}

/// A rights holder: one row of `parties.csv`.
#[derive(Debug)]
pub struct Party {
    /// Key in the tenant.
    pub reference: String,
    /// Name.
    pub name: String,
    /// `PERSON`, `GROUP`, `COMPANY`.
    pub kind: &'static str,
    /// Residence, ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Mail address in a reserved domain.
    pub email: String,
    /// IPI name number.
    pub ipi: Option<String>,
    /// ISNI.
    pub isni: Option<String>,
    /// Own wishes; none = inherited.
    pub payment: Option<PaymentWish>,
}

/// How a rights holder wants to be paid.
#[derive(Debug)]
pub struct PaymentWish {
    /// Payment currency.
    pub currency: &'static str,
    /// Pay from this amount on.
    pub threshold: String,
}

/// Where the money of an artist's recordings goes, and why some of it has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A contract with terms for everything.
    Contracted,
    /// No contract at all.
    NoContract,
    /// The only contract ended in June 2025.
    ContractEnded,
    /// Two contracts claim ownership of more than the whole.
    OverClaimed,
    /// A contract whose terms cover Japan and Korea only.
    AsiaOnly,
}

/// An artist.
#[derive(Debug)]
pub struct Artist {
    /// Name as displayed.
    pub name: String,
    /// Home country.
    pub country: &'static str,
    /// Whether it is a band (contracts then split between members).
    pub band: bool,
    /// Where the money goes.
    pub standing: Standing,
    /// The organisation that signed the artist: an index into the tenant's organisations.
    pub organisation: usize,
    /// Indexes into `recordings`.
    pub recordings: Vec<usize>,
    /// Indexes into `releases`.
    pub releases: Vec<usize>,
}

/// A recording: one row of `recordings.csv`.
#[derive(Debug)]
pub struct Recording {
    /// ISRC.
    pub isrc: String,
    /// Title.
    pub title: String,
    /// Version, may be empty.
    pub version: &'static str,
    /// Index into `artists`.
    pub artist: usize,
    /// Seconds.
    pub duration: u64,
    /// First release it is on: an index into `releases`.
    pub release: usize,
    /// Track number there.
    pub position: usize,
    /// YouTube's id of it.
    pub asset: String,
    /// Whether YouTube knows it by that id only, not by ISRC.
    pub by_alias: bool,
}

/// A release: rows of `releases.csv`.
#[derive(Debug)]
pub struct Release {
    /// EAN or UPC-A.
    pub upc: String,
    /// Title.
    pub title: String,
    /// Index into `artists`.
    pub artist: usize,
    /// Catalogue number.
    pub catalogue_number: String,
    /// Release date.
    pub released_on: NaiveDate,
    /// Indexes into `recordings`, in track order.
    pub tracks: Vec<usize>,
}

/// A work: one row of `works.csv`.
#[derive(Debug)]
pub struct Work {
    /// Key in the tenant.
    pub reference: String,
    /// ISWC.
    pub iswc: String,
    /// Title.
    pub title: String,
    /// Writers: indexes into the tenant's parties, with their exact shares.
    pub writers: Vec<(usize, Decimal)>,
    /// The recording that embodies it: an index into `recordings`.
    pub recording: usize,
    /// YouTube's id of the composition.
    pub asset: String,
}

/// A named group of items: rows of `groups.csv`.
#[derive(Debug)]
pub struct Group {
    /// Name, unique in the tenant.
    pub name: String,
    /// Item kind and identifier.
    pub items: Vec<(&'static str, String)>,
}

/// A contract: rows of `contracts.csv`.
#[derive(Debug)]
pub struct Contract {
    /// Contract number.
    pub number: String,
    /// Title.
    pub title: String,
    /// `RECORDING`, `PUBLISHING`, `DISTRIBUTION`.
    pub kind: &'static str,
    /// Reference of the contracting party.
    pub party: String,
    /// Name of the contracting organisation.
    pub organisation: &'static str,
    /// Contract currency.
    pub currency: &'static str,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// What enters the contract.
    pub participations: Vec<Participation>,
    /// What is paid for it.
    pub terms: Vec<Term>,
    /// Who is paid.
    pub splits: Vec<Split>,
    /// What was paid before.
    pub advances: Vec<Advance>,
}

/// Which share of an item's revenue enters a contract.
#[derive(Debug)]
pub struct Participation {
    /// `OWNERSHIP` or `PARTICIPATION`.
    pub kind: &'static str,
    /// `RECORDING`, `WORK`, `GROUP`.
    pub item_kind: &'static str,
    /// Identifier or group name.
    pub item: String,
    /// The share.
    pub ratio: Decimal,
}

/// A term for all items of its contract.
#[derive(Debug)]
pub struct Term {
    /// Key in the contract.
    pub reference: &'static str,
    /// Label.
    pub title: &'static str,
    /// Territories; empty = everywhere.
    pub territories: Vec<&'static str>,
    /// Platforms; empty = all.
    pub platforms: Vec<&'static str>,
    /// Revenue types; empty = all.
    pub revenue_types: Vec<&'static str>,
    /// What is paid.
    pub rate: Rate,
}

/// The rate of a term.
#[derive(Debug)]
pub enum Rate {
    /// This ratio of net receipts.
    NetReceipts(Decimal),
    /// This amount per unit, in this currency.
    PerUnit(Decimal, &'static str),
}

/// One share of a split tree.
#[derive(Debug)]
pub struct Split {
    /// Key in the contract, written as a path.
    pub reference: String,
    /// Key of the share above.
    pub parent: Option<String>,
    /// Reference of the party.
    pub party: String,
    /// Share of what the parent gets.
    pub ratio: Decimal,
}

/// Money paid before it was earned, in the contract's currency.
#[derive(Debug)]
pub struct Advance {
    /// Key in the contract.
    pub reference: &'static str,
    /// What it was paid for.
    pub title: &'static str,
    /// Amount, with the currency's decimals.
    pub amount: Decimal,
    /// When it was paid.
    pub paid_on: NaiveDate,
}

impl Tenant {
    /// The organisation that signed this artist.
    pub fn signed_by(&self, artist: &Artist) -> &'static Organisation {
        &self.organisations[artist.organisation]
    }
}
