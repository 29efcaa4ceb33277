//! Contracts of both tenants: what they have in common.

mod aurora;
mod meridian;
mod works;

use chrono::NaiveDate;
use kernel::allocation::allocate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::catalogue::Catalogue;
use super::market;
use super::model::{Advance, Artist, Contract, Group, Organisation, Participation, Party, Rate, Split, Term, Work};
use super::names::Culture;
use super::parties::{Register, residence};
use super::random::Random;
use super::reports::plan;
use super::tenants::Blueprint;

/// The rights side of a tenant.
pub struct Rights {
    /// Rights holders.
    pub parties: Vec<Party>,
    /// Works.
    pub works: Vec<Work>,
    /// Groups of items.
    pub groups: Vec<Group>,
    /// Contracts.
    pub contracts: Vec<Contract>,
}

/// Makes rights holders, works, groups and contracts of a tenant.
pub fn build(tenant: usize, blueprint: &Blueprint, catalogue: &Catalogue, seed: u64) -> Rights {
    let mut desk = Desk {
        tenant,
        blueprint,
        catalogue,
        register: Register::new(blueprint),
        random: Random::new(seed, &format!("{} rights", blueprint.slug)),
        works: Vec::new(),
        groups: Vec::new(),
        contracts: Vec::new(),
    };
    if tenant == 0 {
        aurora::sign(&mut desk)
    } else {
        meridian::sign(&mut desk)
    }
    Rights { parties: desk.register.parties, works: desk.works, groups: desk.groups, contracts: desk.contracts }
}

/// The desk at which a tenant's contracts are written.
struct Desk<'a> {
    tenant: usize,
    blueprint: &'a Blueprint,
    catalogue: &'a Catalogue,
    register: Register<'a>,
    random: Random,
    works: Vec<Work>,
    groups: Vec<Group>,
    contracts: Vec<Contract>,
}

impl Desk<'_> {
    /// A person from this country or a place abroad.
    fn person(&mut self, home: &'static str) -> usize {
        let country = residence(home, &mut self.random);
        let name = Culture::of(home).person(&mut self.random);
        self.register.add(name, "PERSON", country, &mut self.random)
    }

    /// The party that an artist is.
    fn artist_party(&mut self, artist: &Artist) -> usize {
        let kind = if artist.band { "GROUP" } else { "PERSON" };
        self.register.add(artist.name.clone(), kind, artist.country, &mut self.random)
    }

    /// The group of everything an artist has recorded and released.
    fn group(&mut self, name: String, artists: &[&Artist]) -> String {
        let catalogue = self.catalogue;
        let items = artists
            .iter()
            .flat_map(|artist| {
                let recordings =
                    artist.recordings.iter().map(|index| ("RECORDING", catalogue.recordings[*index].isrc.clone()));
                recordings
                    .chain(artist.releases.iter().map(|index| ("RELEASE", catalogue.releases[*index].upc.clone())))
            })
            .collect();
        self.groups.push(Group { name: name.clone(), items });
        name
    }

    /// A contract without facts, under the next number.
    fn contract(&mut self, kind: &'static str, title: String, party: usize, organisation: &Organisation) -> Contract {
        Contract {
            number: format!("{}-C{:04}", self.blueprint.prefix, self.contracts.len() + 1),
            title,
            kind,
            party: self.register.reference(party),
            organisation: organisation.name,
            currency: organisation.currency,
            starts_on: day(2019 + self.random.below(6) as i32, 1 + self.random.below(12) as u32, 1),
            ends_on: None,
            participations: Vec::new(),
            terms: Vec::new(),
            splits: Vec::new(),
            advances: Vec::new(),
        }
    }

    /// Divides a contract between the members of a band: band → members → heirs of a member who has died.
    fn band_splits(&mut self, band: &Artist, party: usize) -> Vec<Split> {
        let mut splits = vec![self.split("band", None, party, Decimal::ONE)];
        let members = self.random.between(2, 4) as usize;
        let mourned = self.random.chance(250).then_some(1);
        for (place, ratio) in self.shares(members).into_iter().enumerate() {
            let culture = Culture::of(band.country);
            let family = culture.family(&mut self.random);
            let path = format!("band/{}", place + 1);
            let member = self.relative(band.country, family);
            splits.push(self.split(&path, Some("band"), member, ratio));
            if mourned == Some(place) {
                self.heirs(&path, band.country, family, &mut splits);
            }
        }
        splits
    }

    /// Passes a share on to two or three heirs.
    fn heirs(&mut self, path: &str, home: &'static str, family: &str, splits: &mut Vec<Split>) {
        let count = self.random.between(2, 3) as usize;
        for (place, ratio) in self.shares(count).into_iter().enumerate() {
            let heir = self.relative(home, family);
            splits.push(self.split(&format!("{path}/{}", place + 1), Some(path), heir, ratio));
        }
    }

    fn relative(&mut self, home: &'static str, family: &str) -> usize {
        let country = residence(home, &mut self.random);
        let name = Culture::of(home).relative(family, &mut self.random);
        self.register.add(name, "PERSON", country, &mut self.random)
    }

    fn split(&self, reference: &str, parent: Option<&str>, party: usize, ratio: Decimal) -> Split {
        Split {
            reference: reference.to_owned(),
            parent: parent.map(str::to_owned),
            party: self.register.reference(party),
            ratio,
        }
    }

    /// Shares that total exactly 1: often equal ones (thirds do not divide evenly), sometimes agreed ones.
    fn shares(&mut self, count: usize) -> Vec<Decimal> {
        let equal = self.random.chance(600);
        let weights: Vec<(usize, Decimal)> = (0..count)
            .map(|place| (place, if equal { Decimal::ONE } else { Decimal::from(self.random.between(1, 9)) }))
            .collect();
        let scale = if equal { 6 } else { 3 };
        // Small whole weights cannot overflow; an empty list of shares would fail the tests at once.
        allocate(Decimal::ONE, scale, &weights).unwrap_or_default().into_iter().map(|(_, ratio)| ratio).collect()
    }

    /// What these recordings are expected to bring the tenant in a month (1 = January 2026), in this currency.
    fn expected(&self, recordings: &[usize], month: u32, currency: &str) -> Decimal {
        let own: u64 = recordings.iter().map(|index| self.catalogue.weight(*index)).sum();
        let total = self.catalogue.popularity.total().max(1);
        let dollars = plan::expected_dollars(self.tenant, month);
        dollars * Decimal::from(own) / Decimal::from(total) * market::rate("USD", currency, i64::from(month))
    }
}

/// A participation in a group of items.
fn of_group(kind: &'static str, group: &str, ratio: Decimal) -> Participation {
    Participation { kind, item_kind: "GROUP", item: group.to_owned(), ratio }
}

/// A term over everything: this ratio of net receipts.
fn share(rate: Decimal) -> Term {
    Term {
        reference: "base",
        title: "All income",
        territories: Vec::new(),
        platforms: Vec::new(),
        revenue_types: Vec::new(),
        rate: Rate::NetReceipts(rate),
    }
}

/// A percentage as a ratio.
fn percent(percent: u64) -> Decimal {
    Decimal::from(percent) / Decimal::ONE_HUNDRED
}

/// An advance of a round amount: a multiple of 50, which every currency can pay.
fn advance(reference: &'static str, title: &'static str, amount: Decimal, paid_on: NaiveDate) -> Advance {
    let fifty = Decimal::from(50);
    let steps = (amount / fifty).round_dp_with_strategy(0, RoundingStrategy::AwayFromZero);
    Advance { reference, title, amount: (steps * fifty).max(fifty), paid_on }
}

/// A day; the calendar's first day for a day that does not exist.
fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}
