//! Items that providers report by mistake: they are in nobody's catalogue.

use super::codes;
use super::model::Standing;
use super::names::Culture;
use super::random::Random;
use super::reports::{Listing, Offer};

/// Somebody else's recording.
pub struct Stranger {
    isrc: String,
    upc: String,
    asset: String,
    title: String,
    artist: String,
    number: usize,
}

/// Forty of them, so that the same ones come back every month.
pub fn build(seed: u64) -> Vec<Stranger> {
    let mut random = Random::new(seed, "strangers");
    (1..=40)
        .map(|number| {
            let culture = Culture::of(random.pick::<&str>(&["GB", "US", "DE", "JP", "BR", "NG"]));
            Stranger {
                isrc: codes::isrc(culture.country, "Z9X", 2024, number),
                upc: codes::ean(9, number),
                asset: format!("A9{number:014}"),
                title: culture.title(&mut random),
                artist: culture.person(&mut random),
                number: 90_000 + number,
            }
        })
        .collect()
}

impl Stranger {
    /// What a row says about it.
    pub fn listing(&self, offer: Offer) -> Listing<'_> {
        Listing {
            number: self.number,
            isrc: if offer == Offer::Recording { &self.isrc } else { "" },
            upc: &self.upc,
            title: &self.title,
            version: "",
            artist: &self.artist,
            album: &self.title,
            label: "Unknown Pressings",
            catalogue_number: "",
            position: 1,
            asset: &self.asset,
            by_alias: false,
            known: false,
            standing: Standing::NoContract,
        }
    }
}
