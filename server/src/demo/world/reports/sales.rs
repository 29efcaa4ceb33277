//! Draws the sales of one delivery: what, where, as which product, how many.

use kernel::codes::SuspenseReason;

use super::super::market::{MARKETS, Market};
use super::super::model::{Standing, Tenant};
use super::super::random::{Random, Weights};
use super::super::strangers::Stranger;
use super::plan::Delivery;
use super::tariff::{Offer, Product, Tariff, market_weights, product_weights};

/// How many of a thousand rows are about something that is in nobody's catalogue.
const UNKNOWN_PER_MILLE: u64 = 5;

/// What a row says about the item.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'w> {
    /// A number of its own, for the ids of stores.
    pub number: usize,
    /// ISRC; empty for releases and works.
    pub isrc: &'w str,
    /// UPC or EAN of the release.
    pub upc: &'w str,
    /// Title.
    pub title: &'w str,
    /// Version, may be empty.
    pub version: &'w str,
    /// Artist.
    pub artist: &'w str,
    /// Release title.
    pub album: &'w str,
    /// Label.
    pub label: &'w str,
    /// Catalogue number of the release.
    pub catalogue_number: &'w str,
    /// Track number.
    pub position: usize,
    /// YouTube's asset id.
    pub asset: &'w str,
    /// Whether YouTube knows it by the asset id only.
    pub by_alias: bool,
    /// Whether it is in the catalogue at all.
    pub known: bool,
    /// What becomes of the money.
    pub standing: Standing,
}

/// One row before it takes the shape of a layout.
#[derive(Debug, Clone, Copy)]
pub struct Sale<'w> {
    /// The item.
    pub listing: Listing<'w>,
    /// The territory.
    pub market: &'static Market,
    /// The product.
    pub product: &'static Product,
    /// Units, at least 1.
    pub units: u64,
    /// What a unit pays, in 10⁻¹² of the report's currency.
    pub price: u64,
}

impl Sale<'_> {
    /// Why the money will have to wait in suspense.
    pub fn waits_for(&self) -> Option<SuspenseReason> {
        if !self.listing.known {
            return Some(SuspenseReason::NoItem);
        }
        match self.listing.standing {
            Standing::Contracted => None,
            Standing::NoContract => Some(SuspenseReason::NoContract),
            Standing::ContractEnded => Some(SuspenseReason::InactiveContract),
            Standing::OverClaimed => Some(SuspenseReason::OverClaimed),
            Standing::AsiaOnly => (!matches!(self.market.code, "JP" | "KR")).then_some(SuspenseReason::NoTerm),
        }
    }
}

/// The sales of one delivery.
pub struct Sales<'w> {
    tenant: &'w Tenant,
    strangers: &'w [Stranger],
    tariff: &'static Tariff,
    markets: Vec<&'static Market>,
    market_weights: Weights,
    products: Vec<&'static Product>,
    product_weights: Weights,
    releases: Weights,
    /// Units per row, in thousandths, on average.
    mean: u128,
}

impl<'w> Sales<'w> {
    /// The sales of a delivery of `lines` rows.
    pub fn new(
        tenant: &'w Tenant,
        strangers: &'w [Stranger],
        tariff: &'static Tariff,
        delivery: &Delivery,
        lines: u64,
    ) -> Self {
        let markets: Vec<_> =
            MARKETS.iter().filter(|market| delivery.region.is_none_or(|region| region == market.region)).collect();
        // Compositions are reported to publishers only.
        let publisher = tenant.contracts.iter().any(|contract| contract.kind == "PUBLISHING");
        let products: Vec<_> =
            tariff.products.iter().filter(|product| publisher || product.offer != Offer::Work).collect();
        let average = u128::from(tariff.average(&markets, &products)) * u128::from(lines.max(1));
        Self {
            tenant,
            strangers,
            tariff,
            market_weights: market_weights(&markets),
            product_weights: product_weights(&products),
            releases: Weights::zipf(tenant.releases.len()),
            mean: u128::from(delivery.revenue) * 1_000_000_000_000_000 / average,
            markets,
            products,
        }
    }

    /// The next sale.
    pub fn next(&self, random: &mut Random) -> Sale<'w> {
        let product = self.products[self.product_weights.choose(random)];
        let (listing, home) = if random.chance(UNKNOWN_PER_MILLE) {
            (random.pick(self.strangers).listing(product.offer), None)
        } else {
            self.listing(product.offer, random)
        };
        let market = self.market(home, random);
        Sale {
            listing,
            market,
            product,
            units: self.units(product, random),
            price: self.tariff.price_of(product, market),
        }
    }

    fn listing(&self, offer: Offer, random: &mut Random) -> (Listing<'w>, Option<&'static str>) {
        let tenant = self.tenant;
        match offer {
            Offer::Recording => {
                let index = tenant.ranking[tenant.popularity.choose(random)];
                let recording = &tenant.recordings[index];
                let listing = self.release(recording.release, index);
                let listing = Listing {
                    isrc: &recording.isrc,
                    title: &recording.title,
                    version: recording.version,
                    position: recording.position,
                    asset: &recording.asset,
                    by_alias: recording.by_alias,
                    ..listing
                };
                (listing, Some(tenant.artists[recording.artist].country))
            }
            Offer::Release => {
                let index = self.releases.choose(random);
                (self.release(index, index), Some(tenant.artists[tenant.releases[index].artist].country))
            }
            Offer::Work => {
                let work = random.pick(&tenant.works);
                let release = tenant.recordings[work.recording].release;
                let listing = Listing {
                    title: &work.title,
                    asset: &work.asset,
                    by_alias: true,
                    standing: Standing::Contracted,
                    ..self.release(release, work.recording)
                };
                (listing, None)
            }
        }
    }

    fn release(&self, index: usize, number: usize) -> Listing<'w> {
        let release = &self.tenant.releases[index];
        let artist = &self.tenant.artists[release.artist];
        Listing {
            number,
            isrc: "",
            upc: &release.upc,
            title: &release.title,
            version: "",
            artist: &artist.name,
            album: &release.title,
            label: self.tenant.signed_by(artist).name,
            catalogue_number: &release.catalogue_number,
            position: 1,
            asset: "",
            by_alias: false,
            known: true,
            standing: artist.standing,
        }
    }

    /// A territory: one time in five the artist's home, else by the size of the market.
    fn market(&self, home: Option<&str>, random: &mut Random) -> &'static Market {
        let at_home = home.filter(|_| random.chance(200));
        let found = at_home.and_then(|home| self.markets.iter().find(|market| market.code == home));
        found.copied().unwrap_or_else(|| self.markets[self.market_weights.choose(random)])
    }

    /// Units with a long tail: 200/r for r of 1 to 200 has the mean 5.878.
    fn units(&self, product: &Product, random: &mut Random) -> u64 {
        let units = self.mean * 200 / (u128::from(random.between(1, 200)) * 5_878 * u128::from(product.size()));
        u64::try_from(units).unwrap_or(u64::MAX).max(1)
    }
}

/// Changes a price by up to a tenth, up or down.
pub fn jitter(price: u64, random: &mut Random) -> u64 {
    let changed = u128::from(price) * u128::from(random.between(900_000, 1_100_000)) / 1_000_000;
    u64::try_from(changed).unwrap_or(u64::MAX)
}
