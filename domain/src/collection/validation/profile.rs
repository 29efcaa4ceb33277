//! What a report brought, counted while its lines pass by.

use std::collections::{HashMap, HashSet};

use kernel::currency::Currency;
use kernel::decimal::{self, OutOfRange};
use kernel::territory::Territory;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Items that are remembered; a report with more is not compared item by item.
const ITEMS: usize = 1_000_000;

/// Lines of one territory and currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::collection) struct Place {
    pub(in crate::collection) rows: i64,
    pub(in crate::collection) units: i64,
    pub(in crate::collection) amount: Decimal,
}

/// Territories, currencies and items of a report.
#[derive(Debug, Default)]
pub(in crate::collection) struct Profile {
    pub(in crate::collection) places: HashMap<(Territory, Currency), Place>,
    items: HashSet<Uuid>,
    last: Option<Uuid>,
    is_over: bool,
}

impl Profile {
    /// Counts a line.
    pub(in crate::collection) fn add(
        &mut self,
        (territory, currency): (Territory, Currency),
        amount: Decimal,
        units: i64,
    ) -> Result<(), OutOfRange> {
        let place = self.places.entry((territory, currency)).or_default();
        place.rows += 1;
        place.units = place.units.saturating_add(units);
        place.amount = decimal::add(place.amount, amount)?;
        Ok(())
    }

    /// Notes the item of a line. Reports often have many lines of one item together.
    pub(in crate::collection) fn item(&mut self, item: Uuid) {
        if self.last == Some(item) || self.is_over {
            return;
        }
        self.last = Some(item);
        self.items.insert(item);
        if self.items.len() > ITEMS {
            self.is_over = true;
            self.items = HashSet::new();
        }
    }

    /// The items in order; none when there are too many to compare.
    pub(in crate::collection) fn items(&self) -> Option<Vec<Uuid>> {
        let mut items: Vec<Uuid> = self.items.iter().copied().collect();
        items.sort_unstable();
        (!self.is_over).then_some(items)
    }
}
