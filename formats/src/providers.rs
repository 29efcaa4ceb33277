//! The directory of providers: who sends reports, where they are at home, what they are also called, by which layouts
//! their files are read and by which ways the files come.
//!
//! Reference data, the same for every tenant; a tenant's own names and exceptions stand beside it in the database.

use std::sync::LazyLock;

use kernel::territory::Territory;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::layout::fold;

/// Name and text of every file in `formats/providers`, collected by the build script.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/providers.rs"));

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Streams music.
    Streaming,
    /// Sells downloads.
    Download,
    /// Shows moving pictures.
    Video,
    /// Social services, games, micro-licences.
    Social,
    /// A society of performing or neighbouring rights.
    PerformingRights,
    /// A society or agency of mechanical rights.
    MechanicalSociety,
    /// A distributor or aggregator.
    Distributor,
    /// A publisher, an administrator, a company that sends statements.
    Publisher,
}

impl ProviderKind {
    /// All of them, in the order of the directory.
    pub const ALL: &[Self] = &[
        Self::Streaming,
        Self::Download,
        Self::Video,
        Self::Social,
        Self::PerformingRights,
        Self::MechanicalSociety,
        Self::Distributor,
        Self::Publisher,
    ];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Streaming => "STREAMING",
            Self::Download => "DOWNLOAD",
            Self::Video => "VIDEO",
            Self::Social => "SOCIAL",
            Self::PerformingRights => "PERFORMING_RIGHTS",
            Self::MechanicalSociety => "MECHANICAL_SOCIETY",
            Self::Distributor => "DISTRIBUTOR",
            Self::Publisher => "PUBLISHER",
        }
    }

    /// For people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Streaming => "Streaming",
            Self::Download => "Downloads",
            Self::Video => "Video",
            Self::Social => "Social services and micro-licences",
            Self::PerformingRights => "Performing and neighbouring rights",
            Self::MechanicalSociety => "Mechanical rights",
            Self::Distributor => "Distributors",
            Self::Publisher => "Publishers and administrators",
        }
    }

    /// The file of `formats/providers` it stands in.
    fn of_file(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str().to_lowercase().replace('_', "-") == name)
    }
}

/// How files come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    /// Somebody uploads them.
    Upload,
    /// From an SFTP server.
    Sftp,
    /// By an interface over HTTP.
    Rest,
    /// From a portal, by hand or by a browser.
    Portal,
    /// As messages of the industry (DDEX).
    Edi,
    /// As attachments of mails.
    Mail,
    /// From a store of objects.
    ObjectStorage,
}

impl Method {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "UPLOAD",
            Self::Sftp => "SFTP",
            Self::Rest => "REST",
            Self::Portal => "PORTAL",
            Self::Edi => "EDI",
            Self::Mail => "MAIL",
            Self::ObjectStorage => "OBJECT_STORAGE",
        }
    }
}

/// A provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its key, for ever: `spotify`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ProviderKind,
    /// Where it is at home.
    pub home: Territory,
    /// Other names that reports give it.
    pub aliases: Vec<String>,
    /// Layouts by which its files are read.
    pub layouts: Vec<String>,
    /// How its files come.
    pub methods: Vec<Method>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: String,
    name: String,
    home: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    layouts: Vec<String>,
    methods: Vec<Method>,
}

/// The directory.
#[derive(Debug)]
pub struct Providers {
    all: Vec<Provider>,
    names: FxHashMap<String, usize>,
}

impl Providers {
    /// The directory shipped with the program.
    #[must_use]
    pub fn shipped() -> &'static Self {
        #[allow(clippy::expect_used, reason = "the texts are constants of the program and a test reads each of them")]
        static SET: LazyLock<Providers> =
            LazyLock::new(|| Providers::read(SHIPPED).expect("the shipped directory is checked by a test"));
        &SET
    }

    fn read(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut all = Vec::new();
        for (name, text) in files {
            let kind = ProviderKind::of_file(name).ok_or_else(|| format!("`{name}` is no kind of provider"))?;
            let file: File = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            for entry in file.provider {
                let home = Territory::parse(&entry.home).map_err(|_| format!("{}: `{}`", entry.key, entry.home))?;
                let Entry { key, name, aliases, layouts, methods, .. } = entry;
                all.push(Provider { key, name, kind, home, aliases, layouts, methods });
            }
        }
        all.sort_by_key(|one| (one.kind, one.name.to_lowercase()));
        let mut names: FxHashMap<String, usize> = FxHashMap::default();
        for (index, provider) in all.iter().enumerate() {
            for name in [&provider.key, &provider.name].into_iter().chain(&provider.aliases) {
                if names.insert(fold(name), index).is_some_and(|other| other != index) {
                    return Err(format!("`{name}` is the name of two providers"));
                }
            }
        }
        Ok(Self { all, names })
    }

    /// All providers, by kind and name.
    #[must_use]
    pub fn all(&self) -> &[Provider] {
        &self.all
    }

    /// The provider with a key, a name or an alias, without regard to case, blanks and hyphens.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provider> {
        self.names.get(&fold(name)).and_then(|index| self.all.get(*index))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::layout::Layouts;

    #[test]
    fn the_directory_is_sound() {
        let providers = Providers::read(SHIPPED).unwrap();
        assert!(providers.all().len() >= 150, "{}", providers.all().len());
        for provider in providers.all() {
            assert!(!provider.methods.is_empty(), "{}", provider.key);
            for layout in &provider.layouts {
                assert!(Layouts::shipped().get(layout).is_some(), "{}: no layout `{layout}`", provider.key);
            }
        }
        for kind in ProviderKind::ALL {
            assert!(providers.all().iter().any(|provider| provider.kind == *kind), "{kind:?}");
        }
    }

    #[test]
    fn names_are_found_as_reports_write_them() {
        let providers = Providers::shipped();
        for (name, key) in [
            ("YouTube (Ads)", "youtube"),
            ("spotify", "spotify"),
            ("AMAZON_PRIME", "amazon-music"),
            ("Яндекс Музыка", "yandex-music"),
        ] {
            assert_eq!(providers.find(name).unwrap().key, key, "{name}");
        }
        assert!(providers.find("Nobody").is_none());
    }

    #[test]
    fn two_providers_of_one_name_are_refused() {
        let entry =
            |key: &str| format!("[[provider]]\nkey = \"{key}\"\nname = \"X\"\nhome = \"SE\"\nmethods = [\"UPLOAD\"]\n");
        let text = entry("a") + &entry("b");
        assert!(Providers::read(&[("video", &text)]).unwrap_err().contains("two providers"));
    }
}
