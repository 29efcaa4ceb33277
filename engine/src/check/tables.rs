//! Checks of what stands outside contracts: territory groups, rate cards, prices, statutory rates, chains, releases.

use std::collections::{BTreeMap, BTreeSet};

use kernel::decimal::ROYALTY_SCALE;
use kernel::failure::Finding;
use kernel::ids::GroupId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;

use super::{check_period, finding, periods_overlap, under};
use crate::model::{ItemKey, ItemScope, Price, RateCard, Release, Rules, SourceChain, StatutoryRate, TerritoryGroup};

/// Checks the tables of rules.
///
/// Codes: `NAME_MISSING`, `NAME_TWICE`, `TERRITORY_GROUP_UNKNOWN`, `TERRITORY_GROUP_CYCLE`, `RATE_CARD_UNKNOWN`,
/// `RATE_CARD_CYCLE`, `AMOUNT_NEGATIVE`, `AMOUNT_TOO_FINE`, `PERIOD_REVERSED`, `PRICE_TIE`, `GROUP_UNKNOWN`,
/// `STATUTORY_RATE_TWICE`, `CHAIN_EMPTY`, `CHAIN_KEEPS_ALL`, `CHAIN_TIE`, `TRACKS_MISSING`, `TRACKS_TOO_MANY`,
/// `TRACK_TWICE`, `WEIGHTS_ZERO`, `RELEASE_TWICE`.
pub(super) fn validate_tables(rules: &Rules) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(territory_groups(&rules.territory_groups));
    found.extend(cards(&rules.rate_cards));
    let groups = rules.groups.iter().map(|group| (group.id, group.members.iter().copied().collect())).collect();
    found.extend(under(["prices"], prices(&rules.prices, &groups)));
    found.extend(under(["statutoryRates"], statutory(&rules.statutory_rates)));
    found.extend(under(["sourceChains"], chains(&rules.source_chains)));
    found.extend(under(["releases"], releases(&rules.releases)));
    found
}

/// Names that are empty or stand twice.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>, what: &str, field: &str) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (position, name) in names.enumerate() {
        let place = position.to_string();
        if name.trim().is_empty() {
            found.push(finding("NAME_MISSING", format!("A {what} needs a name."), &[&place, field]));
        } else if !seen.insert(name) {
            found.push(finding("NAME_TWICE", format!("There are two {what}s `{name}`."), &[&place, field]));
        }
    }
    found
}

/// The first name that leads back to itself, for every name from which one does.
pub(super) fn cycles<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<&'a str> {
    fn reaches<'a>(
        from: &'a str,
        goal: &str,
        edges: &BTreeMap<&'a str, Vec<&'a str>>,
        seen: &mut BTreeSet<&'a str>,
    ) -> bool {
        edges
            .get(from)
            .into_iter()
            .flatten()
            .any(|next| *next == goal || (seen.insert(next) && reaches(next, goal, edges, seen)))
    }
    edges.keys().copied().filter(|name| reaches(name, name, edges, &mut BTreeSet::new())).collect()
}

fn territory_groups(groups: &[TerritoryGroup]) -> Vec<Finding> {
    let mut found = names(groups.iter().map(|group| group.name.as_str()), "territory group", "name");
    let edges: BTreeMap<&str, Vec<&str>> =
        groups.iter().map(|group| (group.name.as_str(), group.groups.iter().map(String::as_str).collect())).collect();
    let cyclic = cycles(&edges);
    for (position, group) in groups.iter().enumerate() {
        let place = position.to_string();
        if cyclic.contains(&group.name.as_str()) {
            let message = format!("The territory group `{}` contains itself.", group.name);
            found.push(finding("TERRITORY_GROUP_CYCLE", message, &[&place, "groups"]));
        }
        for name in group.groups.iter().filter(|name| !edges.contains_key(name.as_str())) {
            let message = format!("There is no territory group `{name}`.");
            found.push(finding("TERRITORY_GROUP_UNKNOWN", message, &[&place, "groups"]));
        }
    }
    under(["territoryGroups"], found)
}

fn cards(cards: &[RateCard]) -> Vec<Finding> {
    let mut found = names(cards.iter().map(|card| card.name.as_str()), "rate card", "name");
    let edges: BTreeMap<&str, Vec<&str>> =
        cards.iter().map(|card| (card.name.as_str(), card.extends.iter().map(String::as_str).collect())).collect();
    let cyclic = cycles(&edges);
    for (position, card) in cards.iter().enumerate() {
        let place = position.to_string();
        if cyclic.contains(&card.name.as_str()) {
            let message = format!("The rate card `{}` extends itself.", card.name);
            found.push(finding("RATE_CARD_CYCLE", message, &[&place, "extends"]));
        }
        if let Some(name) = card.extends.as_deref().filter(|name| !edges.contains_key(name)) {
            let message = format!("There is no rate card `{name}`.");
            found.push(finding("RATE_CARD_UNKNOWN", message, &[&place, "extends"]));
        }
    }
    under(["rateCards"], found)
}

/// An amount that is negative or has more places than one per unit may have.
pub(super) fn amount(value: Decimal, what: &str, path: &[&str]) -> Vec<Finding> {
    let mut found = Vec::new();
    if value < Decimal::ZERO {
        found.push(finding("AMOUNT_NEGATIVE", format!("{what} cannot be negative."), path));
    }
    if value.normalize().scale() > ROYALTY_SCALE {
        found.push(finding("AMOUNT_TOO_FINE", format!("{what} has at most {ROYALTY_SCALE} decimal places."), path));
    }
    found
}

fn prices(prices: &[Price], groups: &BTreeMap<GroupId, BTreeSet<ItemKey>>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (position, price) in prices.iter().enumerate() {
        let mut here = amount(price.amount, "A price", &["amount"]);
        here.extend(check_period(price.valid_from, price.valid_to));
        if let ItemScope::Group(group) = price.scope
            && !groups.contains_key(&group)
        {
            here.push(finding("GROUP_UNKNOWN", format!("There is no group {group}."), &["scope"]));
        }
        for (earlier, other) in prices[..position].iter().enumerate() {
            if tie(other, price, groups) {
                let message = format!(
                    "Prices {} and {} are equally specific and fit some of the same lines: give one of them a \
                     narrower match or another period.",
                    earlier + 1,
                    position + 1,
                );
                here.push(finding("PRICE_TIE", message, &["validFrom"]));
            }
        }
        found.extend(under([position.to_string()], here));
    }
    found
}

fn tie(a: &Price, b: &Price, groups: &BTreeMap<GroupId, BTreeSet<ItemKey>>) -> bool {
    let same_items = match (a.scope, b.scope) {
        (ItemScope::Group(one), ItemScope::Group(other)) => {
            one == other
                || match (groups.get(&one), groups.get(&other)) {
                    (Some(one), Some(other)) => !one.is_disjoint(other),
                    _ => false,
                }
        }
        (one, other) => one == other,
    };
    a.kind == b.kind
        && a.currency == b.currency
        && same_items
        && a.category == b.category
        && a.configuration == b.configuration
        && a.territories.specificity() == b.territories.specificity()
        && a.territories.overlaps(&b.territories)
        && periods_overlap((a.valid_from, a.valid_to), (b.valid_from, b.valid_to))
}

fn statutory(rates: &[StatutoryRate]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (position, rate) in rates.iter().enumerate() {
        let mut here = amount(rate.minimum, "A statutory rate", &["minimum"]);
        here.extend(rate.per_minute.map(|one| amount(one, "A rate per minute", &["perMinute"])).unwrap_or_default());
        if rate.table.trim().is_empty() {
            here.push(finding("NAME_MISSING", "A statutory rate belongs to a named table.", &["table"]));
        }
        if !seen.insert((rate.table.as_str(), rate.valid_from)) {
            let message = format!("The table `{}` has two rates from {} on.", rate.table, rate.valid_from);
            here.push(finding("STATUTORY_RATE_TWICE", message, &["validFrom"]));
        }
        found.extend(under([position.to_string()], here));
    }
    found
}

fn chains(chains: &[SourceChain]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (position, chain) in chains.iter().enumerate() {
        let mut here: Vec<Finding> = check_period(chain.valid_from, chain.valid_to).into_iter().collect();
        if chain.hops.is_empty() {
            here.push(finding("CHAIN_EMPTY", "A chain of intermediaries has at least one.", &["hops"]));
        }
        for (hop, one) in chain.hops.iter().enumerate() {
            if one.kept == Ratio::ONE {
                let message = format!("`{}` keeps everything: nothing could arrive.", one.name);
                here.push(finding("CHAIN_KEEPS_ALL", message, &["hops", &hop.to_string(), "kept"]));
            }
        }
        let share = |a: &SourceChain, b: &SourceChain| {
            let platforms = a.platforms.is_empty() == b.platforms.is_empty()
                && (a.platforms.is_empty() || a.platforms.iter().any(|one| b.platforms.contains(one)));
            platforms
                && a.territories.specificity() == b.territories.specificity()
                && a.territories.overlaps(&b.territories)
                && periods_overlap((a.valid_from, a.valid_to), (b.valid_from, b.valid_to))
        };
        if chains[..position].iter().any(|other| share(other, chain)) {
            let message = "Another chain is equally specific and fits some of the same lines.";
            here.push(finding("CHAIN_TIE", message, &["territories"]));
        }
        found.extend(under([position.to_string()], here));
    }
    found
}

/// Most tracks of a release: a part of a royalty is numbered by one byte.
const TRACKS: usize = 100;

fn releases(releases: &[Release]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (position, release) in releases.iter().enumerate() {
        let mut here = Vec::new();
        if !seen.insert(release.item) {
            here.push(finding("RELEASE_TWICE", "The release is listed twice.", &["item"]));
        }
        if release.tracks.is_empty() {
            here.push(finding("TRACKS_MISSING", "A release that is shared over tracks has some.", &["tracks"]));
        } else if release.tracks.len() > TRACKS {
            let message = format!("{} tracks; at most {TRACKS} are allowed.", release.tracks.len());
            here.push(finding("TRACKS_TOO_MANY", message, &["tracks"]));
        } else if release.tracks.iter().all(|track| track.weight == 0) {
            here.push(finding("WEIGHTS_ZERO", "Some track needs a weight above zero.", &["tracks"]));
        }
        let mut items = BTreeSet::new();
        for (track, one) in release.tracks.iter().enumerate() {
            if !items.insert(one.item) || one.item == release.item {
                let message = "The track is listed twice, or is the release itself.";
                here.push(finding("TRACK_TWICE", message, &["tracks", &track.to_string(), "item"]));
            }
        }
        found.extend(under([position.to_string()], here));
    }
    found
}
