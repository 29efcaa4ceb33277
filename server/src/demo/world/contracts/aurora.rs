//! The label's contracts: artists, producers, featured artists. The label owns its recordings; what it owes are
//! participations.

use rust_decimal::Decimal;

use super::super::market;
use super::super::model::{Artist, Contract, Participation, Rate, Standing, Term};
use super::super::random::Random;
use super::{Desk, advance, day, of_group, percent, share, works};

const PRODUCERS: usize = 61;
const FEATURED: usize = 20;

/// Signs everybody: one contract per artist but one, then producers and featured artists: 190 in all.
pub fn sign(desk: &mut Desk) {
    let catalogue = desk.catalogue;
    for (place, artist) in catalogue.artists.iter().enumerate() {
        if artist.standing != Standing::NoContract {
            sign_artist(desk, place, artist);
        }
    }
    for _ in 0..PRODUCERS {
        sign_side(desk, "Producer agreement", (2, 4));
    }
    for _ in 0..FEATURED {
        sign_side(desk, "Featured artist agreement", (1, 2));
    }
    let writers: Vec<usize> = (0..desk.register.parties.len())
        .filter(|index| desk.register.parties[*index].kind == "PERSON")
        .take(40)
        .collect();
    works::compose(desk, &writers);
}

fn sign_artist(desk: &mut Desk, place: usize, artist: &Artist) {
    // Imprints release, the sub-label above them signs and pays.
    let imprint = &desk.blueprint.organisations[artist.organisation];
    let label = desk.blueprint.organisations.iter().find(|house| Some(house.name) == imprint.parent).unwrap_or(imprint);
    let party = desk.artist_party(artist);
    let group = desk.group(format!("{} catalogue", artist.name), &[artist]);
    let mut contract = desk.contract("RECORDING", format!("{} recording agreement", artist.name), party, label);
    let rate = desk.random.between(16, 28);
    contract.participations.push(of_group("PARTICIPATION", &group, Decimal::ONE));
    contract.terms.push(share(percent(rate)));
    special_terms(&mut desk.random, place, artist, rate, label.currency, &mut contract.terms);
    if artist.band {
        contract.splits = desk.band_splits(artist, party);
    } else if desk.random.chance(250) {
        contract.splits = managed(desk, artist, party);
    }
    match artist.standing {
        Standing::ContractEnded => {
            contract.starts_on = day(2016, 1, 1);
            contract.ends_on = Some(day(2025, 6, 30));
        }
        Standing::AsiaOnly => {
            contract.terms.truncate(1);
            contract.terms[0].title = "Licence for Japan and Korea";
            contract.terms[0].territories = vec!["JP", "KR"];
        }
        _ => advances(desk, place, artist, percent(rate), &mut contract),
    }
    desk.contracts.push(contract);
}

/// Terms beside the base rate: home territory, video platform, fixed amount per download.
fn special_terms(
    random: &mut Random,
    place: usize,
    artist: &Artist,
    rate: u64,
    currency: &'static str,
    terms: &mut Vec<Term>,
) {
    if place % 4 == 1 {
        let extra = percent(rate + random.between(2, 6));
        terms.push(Term {
            reference: "home",
            title: "Home territory",
            territories: vec![artist.country],
            ..share(extra)
        });
    }
    if place % 5 == 2 {
        let half = percent(random.between(40, 50));
        terms.push(Term { reference: "video", title: "Video platforms", platforms: vec!["YouTube"], ..share(half) });
    }
    if place % 6 == 3 {
        let amount = market::per_download(currency);
        terms.push(Term {
            reference: "download",
            title: "Downloads, per unit",
            revenue_types: vec!["DOWNLOAD"],
            rate: Rate::PerUnit(amount, currency),
            ..share(Decimal::ZERO)
        });
    }
}

/// A solo artist who shares with a manager's company.
fn managed(desk: &mut Desk, artist: &Artist, party: usize) -> Vec<super::Split> {
    let name = format!("{} Management", super::Culture::of(artist.country).family(&mut desk.random));
    let company = desk.register.add(name, "COMPANY", artist.country, &mut desk.random);
    vec![
        desk.split("artist", None, party, Decimal::new(85, 2)),
        desk.split("management", None, company, Decimal::new(15, 2)),
    ]
}

/// Advances of three sizes, measured by what the artist is expected to earn: recouped in January, recouped in
/// February, not recouped for years.
fn advances(desk: &Desk, place: usize, artist: &Artist, rate: Decimal, contract: &mut Contract) {
    let january = desk.expected(&artist.recordings, 1, contract.currency) * rate;
    let february = desk.expected(&artist.recordings, 2, contract.currency) * rate;
    match place % 7 {
        0 => contract.advances.push(advance("signing", "Signing advance", january / Decimal::TWO, day(2025, 9, 15))),
        2 => contract.advances.push(advance(
            "album",
            "Album advance",
            january + february / Decimal::TWO,
            day(2025, 11, 3),
        )),
        4 => {
            contract.advances.push(advance("signing", "Signing advance", january * Decimal::from(18), day(2024, 2, 1)));
            contract.advances.push(advance(
                "recording",
                "Recording fund",
                january * Decimal::from(9),
                day(2024, 10, 21),
            ));
        }
        _ => {}
    }
}

/// A producer or featured artist: a few points on some recordings of one artist.
fn sign_side(desk: &mut Desk, title: &'static str, points: (u64, u64)) {
    let catalogue = desk.catalogue;
    let signed: Vec<&Artist> =
        catalogue.artists.iter().filter(|artist| artist.standing == Standing::Contracted).collect();
    let artist = *desk.random.pick(&signed);
    let party = desk.person(artist.country);
    let imprint = &desk.blueprint.organisations[artist.organisation];
    let mut contract = desk.contract("RECORDING", String::new(), party, imprint);
    contract.title = format!("{title}: {}", desk.register.parties[party].name);
    let count = (desk.random.between(2, 8) as usize).min(artist.recordings.len());
    let mut chosen = artist.recordings.clone();
    desk.random.shuffle(&mut chosen);
    contract.participations.extend(chosen.iter().take(count).map(|index| Participation {
        kind: "PARTICIPATION",
        item_kind: "RECORDING",
        item: catalogue.recordings[*index].isrc.clone(),
        ratio: Decimal::ONE,
    }));
    contract.terms.push(share(percent(desk.random.between(points.0, points.1))));
    desk.contracts.push(contract);
}
