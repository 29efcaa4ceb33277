//! Names held against lists. A pure function of the list and the name: the same today and in an audit.

use serde::Serialize;

use super::Listed;
use super::name::normal_name;

/// Who is held against the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Name and other names.
    pub names: Vec<String>,
    /// Country, as the lists may write it: two letters or a name.
    pub countries: Vec<String>,
    /// Year of birth, where known.
    pub birth_year: Option<u16>,
    /// Addresses on chains.
    pub wallets: Vec<String>,
}

/// A reason of a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum HitReason {
    /// Names are alike.
    #[serde(rename_all = "camelCase")]
    Name {
        /// Ours.
        own: String,
        /// The list's.
        listed: String,
        /// How alike, in thousandths.
        score: u16,
    },
    /// An address on a chain is listed.
    Wallet {
        /// The address.
        address: String,
    },
    /// The countries are the same.
    Country {
        /// The country.
        country: String,
    },
    /// The years of birth are the same.
    BirthYear {
        /// The year.
        year: u16,
    },
    /// The years of birth are all different by more than one: less likely.
    OtherBirthYear {
        /// The list's.
        listed: Vec<u16>,
    },
}

/// One who may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The list.
    pub list: &'static str,
    /// The list's own number.
    pub id: String,
    /// The first name on the list.
    pub name: String,
    /// How alike all in all, in thousandths.
    pub score: u16,
    /// Why.
    pub reasons: Vec<HitReason>,
    /// The programmes.
    pub programmes: Vec<String>,
}

/// What the same year of birth or country adds to a name that is alike, and another year takes away, in thousandths.
const SAME_YEAR: u16 = 20;
const SAME_COUNTRY: u16 = 10;
const OTHER_YEAR: u16 = 60;
/// Names further apart in length than this many times are not compared: they cannot reach any limit that is used.
const LENGTHS: usize = 3;

/// Lists, ready for many names.
#[derive(Debug, Clone, Default)]
pub struct ScreenList {
    entries: Vec<Listed>,
    /// Of every entry, its names as they are compared: in order, and with their words sorted.
    names: Vec<Vec<(String, String)>>,
}

impl ScreenList {
    /// Prepares lists.
    #[must_use]
    pub fn new(entries: Vec<Listed>) -> Self {
        let prepare = |name: &String| {
            let normal = normal_name(name);
            let sorted = sorted(&normal);
            (normal, sorted)
        };
        let names = entries.iter().map(|entry| entry.names.iter().map(prepare).collect()).collect();
        Self { entries, names }
    }

    /// How many are listed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All who may be meant: a score of at least the limit, in thousandths, the likeliest first.
    #[must_use]
    pub fn screen(&self, subject: &Subject, limit: u16) -> Vec<Hit> {
        let own: Vec<(String, String)> = subject
            .names
            .iter()
            .map(|name| normal_name(name))
            .filter(|name| !name.is_empty())
            .map(|name| (sorted(&name), name))
            .map(|(sorted, name)| (name, sorted))
            .collect();
        let mut hits: Vec<Hit> = self
            .entries
            .iter()
            .zip(&self.names)
            .filter_map(|(entry, names)| hit(subject, &own, entry, names, limit))
            .collect();
        hits.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| (a.list, &a.id).cmp(&(b.list, &b.id))));
        hits
    }
}

fn hit(
    subject: &Subject,
    own: &[(String, String)],
    entry: &Listed,
    names: &[(String, String)],
    limit: u16,
) -> Option<Hit> {
    let mut reasons = Vec::new();
    let mut score = 0_u16;
    for (mine, listed) in own.iter().flat_map(|mine| names.iter().map(move |listed| (mine, listed))) {
        let alike = likeness(mine, listed);
        if alike > score {
            score = alike;
            reasons = vec![HitReason::Name { own: mine.0.clone(), listed: listed.0.clone(), score: alike }];
        }
    }
    if score > 0 {
        let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
        let country = subject.countries.iter().find(|own| entry.countries.iter().any(|listed| same(own, listed)));
        if let Some(country) = country {
            score = (score + SAME_COUNTRY).min(1_000);
            reasons.push(HitReason::Country { country: country.clone() });
        }
        if let Some(year) = subject.birth_year.filter(|_| !entry.birth_years.is_empty()) {
            if entry.birth_years.contains(&year) {
                score = (score + SAME_YEAR).min(1_000);
                reasons.push(HitReason::BirthYear { year });
            } else if entry.birth_years.iter().all(|listed| listed.abs_diff(year) > 1) {
                score = score.saturating_sub(OTHER_YEAR);
                reasons.push(HitReason::OtherBirthYear { listed: entry.birth_years.clone() });
            }
        }
    }
    let wallet = subject.wallets.iter().find(|own| entry.wallets.iter().any(|listed| listed.eq_ignore_ascii_case(own)));
    if let Some(address) = wallet {
        score = 1_000;
        reasons.push(HitReason::Wallet { address: address.clone() });
    }
    (score >= limit && score > 0).then(|| Hit {
        list: entry.list,
        id: entry.id.clone(),
        name: entry.names.first().cloned().unwrap_or_default(),
        score,
        reasons,
        programmes: entry.programmes.clone(),
    })
}

/// How alike two names are, in thousandths: as they stand, with their words sorted, or word by word.
fn likeness(own: &(String, String), listed: &(String, String)) -> u16 {
    if own.0.is_empty() || listed.0.is_empty() {
        return 0;
    }
    if own.0 == listed.0 || own.1 == listed.1 {
        return 1_000;
    }
    let (short, long) = (own.0.len().min(listed.0.len()), own.0.len().max(listed.0.len()));
    if short * LENGTHS < long {
        return 0;
    }
    let whole = alike(&own.0, &listed.0).max(alike(&own.1, &listed.1));
    whole.max(by_words(&own.0, &listed.0))
}

/// Every word of the shorter name with the likest word of the longer one that is left; words that remain count against
/// it. Left out for single words: a first name alone is no likeness.
fn by_words(own: &str, listed: &str) -> u16 {
    let (own, listed): (Vec<&str>, Vec<&str>) = (own.split(' ').collect(), listed.split(' ').collect());
    let (short, long) = if own.len() <= listed.len() { (own, listed) } else { (listed, own) };
    if short.len() < 2 {
        return 0;
    }
    let mut left = long.clone();
    let (mut sum, mut weight) = (0_u32, 0_u32);
    for word in &short {
        let best = left.iter().enumerate().map(|(index, other)| (alike(word, other), index)).max();
        let Some((score, index)) = best else { break };
        let length = u32::try_from(word.len().max(left[index].len())).unwrap_or(u32::MAX);
        sum += u32::from(score) * length;
        weight += length;
        left.remove(index);
    }
    // A middle name that only one of the two has is usual: a sixth of its length counts.
    let rest: usize = left.iter().map(|word| word.len()).sum();
    weight += u32::try_from(rest.div_ceil(6)).unwrap_or(0);
    u16::try_from(sum / weight.max(1)).unwrap_or(0).min(999)
}

/// Jaro-Winkler in thousandths.
#[allow(
    clippy::disallowed_types,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a likeness, not money; it is between 0 and 1"
)]
fn alike(a: &str, b: &str) -> u16 {
    let score: f64 = strsim::jaro_winkler(a, b);
    (score * 1_000.0).floor() as u16
}

fn sorted(name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}
