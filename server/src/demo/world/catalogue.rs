//! Artists, recordings, releases and popularity of a tenant.

use chrono::{Datelike, Days, NaiveDate};

use super::codes;
use super::model::{Artist, Recording, Release, Standing};
use super::names::Culture;
use super::random::{Random, Weights};
use super::tenants::Blueprint;

/// What the tenant sells.
pub struct Catalogue {
    /// Artists.
    pub artists: Vec<Artist>,
    /// Recordings, together by artist.
    pub recordings: Vec<Recording>,
    /// Releases, together by artist.
    pub releases: Vec<Release>,
    /// Recordings by popularity.
    pub ranking: Vec<usize>,
    /// How often each rank is heard.
    pub popularity: Weights,
}

impl Catalogue {
    /// How often a recording is heard, relative to `popularity.total()`.
    pub fn weight(&self, recording: usize) -> u64 {
        let rank = self.ranking.iter().position(|other| *other == recording);
        rank.map_or(0, |rank| self.popularity.weight(rank))
    }
}

/// Makes the catalogue of a tenant.
pub fn build(blueprint: &Blueprint, seed: u64) -> Catalogue {
    let mut random = Random::new(seed, &format!("{} catalogue", blueprint.slug));
    let mut artists = artists(blueprint, &mut random);
    let mut recordings = Vec::with_capacity(blueprint.recordings);
    let mut releases = Vec::new();
    let count = artists.len();
    for (place, artist) in artists.iter_mut().enumerate() {
        let own = blueprint.recordings / count + usize::from(place < blueprint.recordings % count);
        sign(place, artist, own, blueprint, &mut recordings, &mut releases, &mut random);
    }
    let ranking = rank(&artists, &recordings, &mut random);
    let popularity = Weights::zipf(ranking.len());
    Catalogue { artists, recordings, releases, ranking, popularity }
}

fn artists(blueprint: &Blueprint, random: &mut Random) -> Vec<Artist> {
    let signing: Vec<usize> =
        (0..blueprint.organisations.len()).filter(|index| !blueprint.organisations[*index].signs.is_empty()).collect();
    let mut artists: Vec<Artist> = Vec::with_capacity(blueprint.artists);
    while artists.len() < blueprint.artists {
        let organisation = signing[artists.len() % signing.len()];
        let country = *random.pick(blueprint.organisations[organisation].signs);
        let culture = Culture::of(country);
        let band = random.chance(450);
        let name = if band { culture.band(random) } else { culture.person(random) };
        if artists.iter().all(|artist| artist.name != name) {
            let standing = standing(blueprint, artists.len());
            artists.push(Artist {
                name,
                country,
                band,
                standing,
                organisation,
                recordings: Vec::new(),
                releases: Vec::new(),
            });
        }
    }
    artists
}

/// A few artists whose money can't be posted at once: the demonstration shows that none of it is lost.
fn standing(blueprint: &Blueprint, place: usize) -> Standing {
    match (blueprint.slug, place) {
        (_, 5) => Standing::NoContract,
        (_, 9) => Standing::ContractEnded,
        ("aurora", 13) => Standing::AsiaOnly,
        ("meridian", 13) => Standing::OverClaimed,
        _ => Standing::Contracted,
    }
}

/// Makes the recordings and releases of one artist: albums, and singles that are on no album.
fn sign(
    place: usize,
    artist: &mut Artist,
    own: usize,
    blueprint: &Blueprint,
    recordings: &mut Vec<Recording>,
    releases: &mut Vec<Release>,
    random: &mut Random,
) {
    let culture = Culture::of(artist.country);
    let mut left = own;
    while left > 0 {
        let wanted = if random.chance(500) { random.between(5, 10) } else { random.between(1, 2) };
        let tracks = (wanted as usize).min(left);
        left -= tracks;
        let released_on = release_date(random);
        let number = releases.len() + 1;
        let first = recordings.len();
        for position in 1..=tracks {
            let index = recordings.len();
            let number = index + 1;
            recordings.push(Recording {
                isrc: codes::isrc(artist.country, blueprint.registrant, released_on.year().unsigned_abs(), number),
                title: culture.title(random),
                version: version(random),
                artist: place,
                duration: random.between(95, 420),
                release: releases.len(),
                position,
                asset: format!("A{}{number:014}", blueprint.block),
                by_alias: number.is_multiple_of(16),
            });
            artist.recordings.push(index);
        }
        let title = match tracks {
            1 | 2 => recordings[first].title.clone(),
            _ => culture.title(random),
        };
        artist.releases.push(releases.len());
        releases.push(Release {
            // Every third release comes from a house with UPC-A instead of EAN numbers.
            upc: if number.is_multiple_of(3) {
                codes::upc(blueprint.block, number)
            } else {
                codes::ean(blueprint.block, number)
            },
            title,
            artist: place,
            catalogue_number: format!("{}-{number:03}", blueprint.prefix),
            released_on,
            tracks: (first..recordings.len()).collect(),
        });
    }
}

/// A day from 2015 to October 2025.
fn release_date(random: &mut Random) -> NaiveDate {
    let start = NaiveDate::from_ymd_opt(2015, 1, 2).unwrap_or_default();
    start.checked_add_days(Days::new(random.below(3_950))).unwrap_or(start)
}

fn version(random: &mut Random) -> &'static str {
    match random.below(40) {
        0 | 1 => "Live",
        2 => "Radio Edit",
        3 => "Acoustic",
        4 => "Instrumental",
        _ => "",
    }
}

/// Puts the recordings in order of popularity: by chance, except that those whose money can't be posted stay
/// out of the upper third.
fn rank(artists: &[Artist], recordings: &[Recording], random: &mut Random) -> Vec<usize> {
    let mut order: Vec<usize> = (0..recordings.len()).collect();
    random.shuffle(&mut order);
    let (mut ranking, waiting): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|index| artists[recordings[*index].artist].standing == Standing::Contracted);
    for recording in waiting {
        let third = ranking.len() / 3;
        let at = third + random.index(ranking.len() - third);
        ranking.insert(at, recording);
    }
    ranking
}
