//! Prices, statutory rates, chains of intermediaries and releases in the form the computation reads.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::items::ItemIndex;
use super::terms::named;
use super::territories::Territories;
use super::{Factor, Wanted};
use crate::model::{Interner, ItemRef, ItemScope, Line, Price, PriceKind, Release, Rules, SourceChain, StatutoryRate};

/// The tables of a run.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    prices: Vec<CompiledPrice>,
    /// Which prices name an item of their own.
    by_item: FxHashMap<u32, Vec<u32>>,
    /// All others, the most specific first.
    others: Vec<u32>,
    statutory: BTreeMap<String, Vec<StatutoryRate>>,
    chains: Vec<CompiledChain>,
    pub releases: Releases,
}

#[derive(Debug)]
struct CompiledPrice {
    kind: PriceKind,
    amount: Factor,
    currency: Currency,
    scope: Option<u32>,
    group: Option<u32>,
    category: Option<u16>,
    configuration: Option<u16>,
    territories: u32,
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(Debug)]
struct CompiledChain {
    platforms: SmallVec<[u16; 4]>,
    territories: u32,
    from: NaiveDate,
    to: NaiveDate,
    /// What arrives of the source.
    passes: Factor,
    /// Position in the rules.
    position: u32,
}

/// Releases with their tracks.
#[derive(Debug, Default)]
pub(crate) struct Releases {
    pub list: Vec<CompiledRelease>,
    by_item: FxHashMap<u32, u32>,
    /// The only release of a track.
    of_track: FxHashMap<u32, u32>,
}

#[derive(Debug)]
pub(crate) struct CompiledRelease {
    pub item: ItemRef,
    pub tracks: Vec<CompiledTrack>,
    /// The sum of their weights, above zero.
    pub weights: u128,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct CompiledTrack {
    pub item: ItemRef,
    pub weight: u128,
    pub duration_seconds: Option<u32>,
    pub controlled: bool,
}

impl Tables {
    pub fn new(rules: &Rules, items: &ItemIndex, territories: &mut Territories, interner: &mut Interner) -> Self {
        let mut this = Self { releases: Releases::new(&rules.releases, interner), ..Self::default() };
        let mut prices: Vec<&Price> = rules.prices.iter().collect();
        prices.sort_by_key(|price| {
            Reverse((
                price.scope.specificity(),
                price.category.is_some(),
                price.configuration.is_some(),
                price.territories.specificity(),
            ))
        });
        for (position, price) in (0u32..).zip(prices) {
            let scope = match price.scope {
                ItemScope::Item(item) => Some(interner.item(item).0),
                _ => None,
            };
            match scope {
                Some(item) => this.by_item.entry(item).or_default().push(position),
                None => this.others.push(position),
            }
            this.prices.push(CompiledPrice {
                kind: price.kind,
                amount: Factor::of(price.amount),
                currency: price.currency,
                scope,
                group: match price.scope {
                    ItemScope::Group(group) => Some(items.group(group).unwrap_or(u32::MAX)),
                    _ => None,
                },
                category: price.category.as_deref().map(|name| interner.price_category(name)),
                configuration: price.configuration.as_deref().map(|name| interner.configuration(name)),
                territories: territories.intern(&price.territories),
                from: price.valid_from.unwrap_or(NaiveDate::MIN),
                to: price.valid_to.unwrap_or(NaiveDate::MAX),
            });
        }
        for rate in &rules.statutory_rates {
            this.statutory.entry(rate.table.clone()).or_default().push(rate.clone());
        }
        for rates in this.statutory.values_mut() {
            rates.sort_by_key(|rate| rate.valid_from);
        }
        let mut chains: Vec<(u32, &SourceChain)> = (0u32..).zip(&rules.source_chains).collect();
        chains.sort_by_key(|(_, chain)| Reverse((!chain.platforms.is_empty(), chain.territories.specificity())));
        this.chains = chains
            .into_iter()
            .map(|(position, chain)| CompiledChain {
                platforms: chain.platforms.iter().map(|code| interner.platform(code)).collect(),
                territories: territories.intern(&chain.territories),
                from: chain.valid_from.unwrap_or(NaiveDate::MIN),
                to: chain.valid_to.unwrap_or(NaiveDate::MAX),
                passes: chain
                    .hops
                    .iter()
                    .fold(Factor::ONE, |passes, hop| passes.times(Factor::of(Decimal::ONE - hop.kept.get()))),
                position,
            })
            .collect();
        this
    }

    /// The price of a unit from the tables, with its currency.
    pub fn price(
        &self,
        kind: PriceKind,
        line: &Line,
        wanted: &Wanted,
        contract: Currency,
        items: &ItemIndex,
        territories: &Territories,
    ) -> Option<(Factor, Currency)> {
        let fits = |price: &CompiledPrice, currency| {
            price.kind == kind
                && price.currency == currency
                && price.scope.is_none_or(|item| item == line.item.0)
                && price.group.is_none_or(|group| group != u32::MAX && items.in_group(group, line.item))
                && price.category.is_none_or(|one| line.details.price_category == Some(one))
                && price.configuration.is_none_or(|one| line.configuration == Some(one))
                && territories.contains(price.territories, wanted.territory)
                && price.from <= line.sale_date
                && line.sale_date <= price.to
        };
        let own = self.by_item.get(&line.item.0).map(Vec::as_slice).unwrap_or_default();
        [line.currency, contract].into_iter().find_map(|currency| {
            let mut all = own.iter().chain(&self.others).map(|position| &self.prices[*position as usize]);
            all.find(|price| fits(price, currency)).map(|price| (price.amount, price.currency))
        })
    }

    /// The statutory rate in force on a day.
    pub fn statutory(&self, table: &str, day: NaiveDate) -> Option<&StatutoryRate> {
        self.statutory.get(table)?.iter().rfind(|rate| rate.valid_from <= day)
    }

    /// The chain between source and tenant: what arrives, and its position in the rules.
    pub fn chain(&self, line: &Line, wanted: &Wanted, territories: &Territories) -> Option<(Factor, u32)> {
        self.chains
            .iter()
            .find(|chain| {
                named(&chain.platforms, Some(line.platform))
                    && territories.contains(chain.territories, wanted.territory)
                    && chain.from <= line.sale_date
                    && line.sale_date <= chain.to
            })
            .map(|chain| (chain.passes, chain.position))
    }

    /// The currencies that prices and statutory rates bring.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> + '_ {
        let statutory = self.statutory.values().flatten().map(|rate| rate.currency);
        self.prices.iter().map(|price| price.currency).chain(statutory)
    }
}

impl Releases {
    fn new(releases: &[Release], interner: &mut Interner) -> Self {
        let mut this = Self::default();
        let mut twice = Vec::new();
        for (position, release) in (0u32..).zip(releases) {
            let item = interner.item(release.item);
            let tracks: Vec<CompiledTrack> = release
                .tracks
                .iter()
                .map(|track| CompiledTrack {
                    item: interner.item(track.item),
                    weight: u128::from(track.weight),
                    duration_seconds: track.duration_seconds,
                    controlled: track.controlled,
                })
                .collect();
            for track in &tracks {
                if this.of_track.insert(track.item.0, item.0).is_some() {
                    twice.push(track.item.0);
                }
            }
            this.by_item.insert(item.0, position);
            let weights = tracks.iter().map(|track| track.weight).sum();
            this.list.push(CompiledRelease { item, tracks, weights });
        }
        for track in twice {
            this.of_track.remove(&track);
        }
        this
    }

    /// The release that an item is.
    #[inline]
    pub fn of(&self, item: ItemRef) -> Option<&CompiledRelease> {
        if self.list.is_empty() {
            return None;
        }
        self.by_item.get(&item.0).map(|position| &self.list[*position as usize])
    }

    /// The release that a line belongs to: the one it names, the item itself, the only one that lists the item, the
    /// item for want of one.
    pub fn home(&self, line: &Line) -> ItemRef {
        line.details.release.unwrap_or_else(|| {
            if self.by_item.contains_key(&line.item.0) {
                line.item
            } else {
                self.of_track.get(&line.item.0).map_or(line.item, |release| ItemRef(*release))
            }
        })
    }
}
