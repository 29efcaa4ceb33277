//! Revenue lines as the engine reads them: small, copyable, everything interned.

use chrono::NaiveDate;
use kernel::codes::{ItemKind, RevenueType};
use kernel::currency::Currency;
use kernel::ids::{RecordingId, ReleaseId, WorkId};
use kernel::territory::Territory;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A catalogue item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemKey {
    /// Recording, work or release.
    pub kind: ItemKind,
    /// Its id.
    pub id: Uuid,
}

impl From<RecordingId> for ItemKey {
    fn from(id: RecordingId) -> Self {
        Self { kind: ItemKind::Recording, id: id.uuid() }
    }
}

impl From<WorkId> for ItemKey {
    fn from(id: WorkId) -> Self {
        Self { kind: ItemKind::Work, id: id.uuid() }
    }
}

impl From<ReleaseId> for ItemKey {
    fn from(id: ReleaseId) -> Self {
        Self { kind: ItemKind::Release, id: id.uuid() }
    }
}

/// An item by its position in the [`Interner`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemRef(pub u32);

/// One matched row of a provider's report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The report, by its position in the run's scope.
    pub report: u32,
    /// The physical line in the file.
    pub line_no: u64,
    /// What was used.
    pub item: ItemRef,
    /// Where.
    pub territory: Territory,
    /// The currency of `amount` and `gross`.
    pub currency: Currency,
    /// Net to the tenant, at most 18 decimal places; negative for returns and corrections.
    pub amount: Decimal,
    /// Gross as the platform states it.
    pub gross: Option<Decimal>,
    /// Units; negative for returns.
    pub units: i64,
    /// The date that selects versions, participations and terms.
    pub sale_date: NaiveDate,
    /// The platform, by its position in the interner.
    pub platform: u16,
    /// The kind of use.
    pub revenue_type: RevenueType,
    /// The product configuration, by its position in the interner.
    pub configuration: Option<u16>,
    /// What only some lines have.
    pub details: LineDetails,
}

/// What only some lines have: prices, free goods, returns, what the item lies on.
///
/// Prices are per unit and in the line's currency, at most 18 decimal places, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineDetails {
    /// The published price to dealers. A line without it takes it from the price tables.
    pub ppd: Option<Decimal>,
    /// The retail price. A line without it takes it from the price tables.
    pub retail: Option<Decimal>,
    /// The price of one unit as the report states it.
    pub unit_price: Option<Decimal>,
    /// What the use earned at the source, before anybody on the way kept a part of it. A line without it has it
    /// worked back from its amount and the rules' chain of hops.
    pub source_amount: Option<Decimal>,
    /// The price category (`FULL`, `MID` …), by its position in the interner.
    pub price_category: Option<u16>,
    /// The release that the item was sold on, where the report names it.
    pub release: Option<ItemRef>,
    /// How many of `units` were given away.
    pub free_units: i64,
    /// How many tracks the release has, where the report says so.
    pub track_count: Option<u16>,
    /// How long the recording plays, in seconds.
    pub duration_seconds: Option<u32>,
    /// The report marks the line as a return. Its amounts and units then count as negative, whichever sign they
    /// carry: a flag and a minus never negate twice.
    pub is_return: bool,
}

/// Positions for items, platforms, configurations and price categories.
///
/// It starts with what the rules name (`CompiledRules::interner`) and grows with what the lines bring: an item
/// that no rule names still takes part in whole-catalogue participations. One interner serves a whole run.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    items: Vec<ItemKey>,
    item_index: FxHashMap<ItemKey, u32>,
    platforms: Names,
    configurations: Names,
    price_categories: Names,
}

#[derive(Debug, Clone, Default)]
struct Names {
    names: Vec<String>,
    index: FxHashMap<String, u16>,
}

impl Names {
    /// The position; beyond 65,535 names the last position is shared, which matches no term.
    fn intern(&mut self, name: &str) -> u16 {
        if let Some(index) = self.index.get(name) {
            return *index;
        }
        let Ok(index) = u16::try_from(self.names.len()) else {
            return u16::MAX;
        };
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), index);
        index
    }
}

impl Interner {
    /// The position of an item, new or known.
    pub fn item(&mut self, key: ItemKey) -> ItemRef {
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let items = &mut self.items;
        ItemRef(*self.item_index.entry(key).or_insert_with(|| {
            items.push(key);
            next
        }))
    }

    /// The position of an item, if it is known.
    #[must_use]
    pub fn find_item(&self, key: ItemKey) -> Option<ItemRef> {
        self.item_index.get(&key).copied().map(ItemRef)
    }

    /// The position of a platform code, new or known.
    pub fn platform(&mut self, code: &str) -> u16 {
        self.platforms.intern(code)
    }

    /// The position of a configuration name, new or known.
    pub fn configuration(&mut self, name: &str) -> u16 {
        self.configurations.intern(name)
    }

    /// The position of a price category, new or known.
    pub fn price_category(&mut self, name: &str) -> u16 {
        self.price_categories.intern(name)
    }

    /// The item at a position.
    #[must_use]
    pub fn item_key(&self, item: ItemRef) -> Option<ItemKey> {
        self.items.get(item.0 as usize).copied()
    }

    /// The code of a platform.
    #[must_use]
    pub fn platform_code(&self, platform: u16) -> Option<&str> {
        self.platforms.names.get(usize::from(platform)).map(String::as_str)
    }

    /// The name of a configuration.
    #[must_use]
    pub fn configuration_name(&self, configuration: u16) -> Option<&str> {
        self.configurations.names.get(usize::from(configuration)).map(String::as_str)
    }

    /// The name of a price category.
    #[must_use]
    pub fn price_category_name(&self, price_category: u16) -> Option<&str> {
        self.price_categories.names.get(usize::from(price_category)).map(String::as_str)
    }

    /// How many items are known.
    #[must_use]
    pub fn item_count(&self) -> usize {
        self.items.len()
    }
}
