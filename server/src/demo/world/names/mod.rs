//! Invented names: people, bands and titles of sixteen countries and nine scripts, put together from word lists.
//!
//! The lists hold ordinary words, so that the combinations read naturally and belong to nobody.

mod scripts;
mod western;

use super::random::Random;

/// The words of a country.
#[derive(Debug)]
pub struct Culture {
    /// ISO 3166-1 alpha-2.
    pub country: &'static str,
    /// Whether the family name stands first.
    pub family_first: bool,
    /// What stands between the words of a name or title.
    pub glue: &'static str,
    /// Given names.
    pub given: &'static [&'static str],
    /// Family names.
    pub family: &'static [&'static str],
    /// First words of band names.
    pub band_first: &'static [&'static str],
    /// Last words of band names.
    pub band_last: &'static [&'static str],
    /// First words of titles.
    pub title_first: &'static [&'static str],
    /// Last words of titles.
    pub title_last: &'static [&'static str],
}

impl Culture {
    /// The culture of a country of the lists; the British one for any other.
    #[must_use]
    pub fn of(country: &str) -> &'static Self {
        western::ALL.iter().chain(scripts::ALL).find(|culture| culture.country == country).unwrap_or(&western::BRITISH)
    }

    /// A person's name.
    pub fn person(&self, random: &mut Random) -> String {
        let family = *random.pick(self.family);
        self.relative(family, random)
    }

    /// A person's name with a given family name.
    pub fn relative(&self, family: &str, random: &mut Random) -> String {
        let given = random.pick(self.given);
        if self.family_first { format!("{family}{}{given}", self.glue) } else { format!("{given} {family}") }
    }

    /// A family name.
    pub fn family(&self, random: &mut Random) -> &'static str {
        random.pick::<&str>(self.family)
    }

    /// A band's name.
    pub fn band(&self, random: &mut Random) -> String {
        format!("{}{}{}", random.pick(self.band_first), self.glue, random.pick(self.band_last))
    }

    /// A title.
    pub fn title(&self, random: &mut Random) -> String {
        format!("{}{}{}", random.pick(self.title_first), self.glue, random.pick(self.title_last))
    }
}
