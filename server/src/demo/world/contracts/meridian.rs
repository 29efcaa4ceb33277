//! The distributor's and publisher's contracts. Here the rights stay with the clients: they own, Meridian keeps a
//! commission.

use rust_decimal::Decimal;

use super::super::model::{Artist, Participation, Split, Standing};
use super::super::names::Culture;
use super::{Desk, day, of_group, percent, share, works};

const CLIENT_LABELS: usize = 10;
const ARTISTS_PER_LABEL: usize = 4;
const WRITERS: usize = 60;
const PRODUCERS: usize = 10;

/// Where the publisher's writers come from.
const WRITERS_FROM: &[&str] = &["SE", "GB", "FR", "BR", "MX", "US", "PL", "ES", "GR", "NG", "TR"];

/// Signs everybody: ten client labels, thirty artists of their own of whom one has no contract, a counter-claim,
/// sixty writers, ten producers: 110 contracts.
pub fn sign(desk: &mut Desk) {
    let artists = &desk.catalogue.artists;
    let (alone, with_label) = artists.split_at(artists.len().saturating_sub(CLIENT_LABELS * ARTISTS_PER_LABEL));
    for artists in with_label.chunks(ARTISTS_PER_LABEL) {
        sign_label(desk, artists);
    }
    for artist in alone.iter().filter(|artist| artist.standing != Standing::NoContract) {
        sign_artist(desk, artist);
    }
    for artist in alone.iter().filter(|artist| artist.standing == Standing::OverClaimed) {
        counter_claim(desk, artist);
    }
    sign_writers(desk);
    for artist in with_label.iter().take(PRODUCERS) {
        sign_producer(desk, artist);
    }
}

/// A client label: all its artists in one contract; some labels have two partners.
fn sign_label(desk: &mut Desk, artists: &[Artist]) {
    let house = &desk.blueprint.organisations[artists[0].organisation];
    let country = artists[0].country;
    let culture = Culture::of(country);
    let name = format!("{} Records", culture.band(&mut desk.random));
    let party = desk.register.add(name.clone(), "COMPANY", country, &mut desk.random);
    let everybody: Vec<&Artist> = artists.iter().collect();
    let group = desk.group(format!("{name} catalogue"), &everybody);
    let mut contract = desk.contract("DISTRIBUTION", format!("{name} distribution agreement"), party, house);
    contract.participations.push(of_group("OWNERSHIP", &group, Decimal::ONE));
    contract.terms.push(share(percent(desk.random.between(80, 88))));
    if desk.random.chance(400) {
        let partners = [desk.person(country), desk.person(country)];
        contract.splits.push(desk.split("label", None, party, Decimal::ONE));
        for (place, ratio) in desk.shares(2).into_iter().enumerate() {
            let path = format!("label/{}", place + 1);
            contract.splits.push(desk.split(&path, Some("label"), partners[place], ratio));
        }
    }
    desk.contracts.push(contract);
}

/// An artist who releases without a label.
fn sign_artist(desk: &mut Desk, artist: &Artist) {
    let house = &desk.blueprint.organisations[artist.organisation];
    let party = desk.artist_party(artist);
    let group = desk.group(format!("{} catalogue", artist.name), &[artist]);
    let mut contract = desk.contract("DISTRIBUTION", format!("{} distribution agreement", artist.name), party, house);
    let rate = desk.random.between(82, 90);
    contract.participations.push(of_group("OWNERSHIP", &group, Decimal::ONE));
    contract.terms.push(share(percent(rate)));
    if desk.random.chance(300) {
        let less = share(percent(rate - 12));
        contract.terms.push(super::Term {
            reference: "video",
            title: "Video platforms",
            platforms: vec!["YouTube"],
            ..less
        });
    }
    if artist.band {
        contract.splits = desk.band_splits(artist, party);
    }
    if artist.standing == Standing::ContractEnded {
        contract.starts_on = day(2016, 1, 1);
        contract.ends_on = Some(day(2025, 6, 30));
    }
    desk.contracts.push(contract);
}

/// Somebody else who claims half of what is already owned in full: nobody is paid until it is settled.
fn counter_claim(desk: &mut Desk, artist: &Artist) {
    let house = &desk.blueprint.organisations[artist.organisation];
    let party = desk.person(artist.country);
    let group = format!("{} catalogue", artist.name);
    let mut contract = desk.contract("DISTRIBUTION", format!("{} counter-claim", artist.name), party, house);
    contract.participations.push(of_group("OWNERSHIP", &group, Decimal::new(5, 1)));
    contract.terms.push(share(percent(80)));
    desk.contracts.push(contract);
}

/// Writers with their works; some have died, and their heirs are paid.
fn sign_writers(desk: &mut Desk) {
    let mut writers = Vec::with_capacity(WRITERS);
    for place in 0..WRITERS {
        let country = WRITERS_FROM[place % WRITERS_FROM.len()];
        let family = Culture::of(country).family(&mut desk.random);
        writers.push((desk.relative(country, family), country, family));
    }
    let pool: Vec<usize> = writers.iter().map(|(party, _, _)| *party).collect();
    works::compose(desk, &pool);
    for (place, (party, country, family)) in writers.into_iter().enumerate() {
        let publisher = if country == "SE" { "Meridian Publishing Nordic" } else { "Meridian Publishing" };
        let Some(house) = desk.blueprint.organisations.iter().find(|house| house.name == publisher) else { continue };
        let title = format!("{} songwriter agreement", desk.register.parties[party].name);
        let mut contract = desk.contract("PUBLISHING", title, party, house);
        contract.participations = works::participations(desk, party);
        contract.terms.push(share(percent(desk.random.between(70, 85))));
        if place % 12 == 5 {
            let mut splits: Vec<Split> = vec![desk.split("writer", None, party, Decimal::ONE)];
            desk.heirs("writer", country, family, &mut splits);
            contract.splits = splits;
        }
        desk.contracts.push(contract);
    }
}

/// A producer with points on a client's recordings, paid by the distributor on the client's behalf.
fn sign_producer(desk: &mut Desk, artist: &Artist) {
    let house = &desk.blueprint.organisations[artist.organisation];
    let party = desk.person(artist.country);
    let title = format!("Producer agreement: {}", desk.register.parties[party].name);
    let mut contract = desk.contract("RECORDING", title, party, house);
    let recordings = &desk.catalogue.recordings;
    contract.participations.extend(artist.recordings.iter().take(3).map(|index| Participation {
        kind: "PARTICIPATION",
        item_kind: "RECORDING",
        item: recordings[*index].isrc.clone(),
        ratio: Decimal::ONE,
    }));
    contract.terms.push(share(percent(desk.random.between(2, 3))));
    desk.contracts.push(contract);
}
