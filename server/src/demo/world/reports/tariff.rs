//! What a provider offers and pays.

use super::super::market::Market;
use super::super::random::Weights;

/// The kind of item that a product is reported for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// A recording.
    Recording,
    /// A release as a whole.
    Release,
    /// A work.
    Work,
}

/// A product: subscription kind, store, asset type.
#[derive(Debug)]
pub struct Product {
    /// What the report calls it.
    pub name: &'static str,
    /// A second word of the report about it.
    pub detail: &'static str,
    /// What is sold.
    pub offer: Offer,
    /// How often, relative to the others.
    pub weight: u64,
    /// What a unit pays, in per mille of the tariff's price.
    pub value: u64,
}

impl Product {
    /// How many streams one unit stands for: a row about albums has far fewer units than one about streams.
    pub const fn size(&self) -> u64 {
        if self.value < 4_000 { 1 } else { self.value / 2_000 }
    }
}

/// A product for recordings.
pub const fn product(name: &'static str, detail: &'static str, weight: u64, value: u64) -> Product {
    Product { name, detail, offer: Offer::Recording, weight, value }
}

/// The products and prices of a provider.
#[derive(Debug)]
pub struct Tariff {
    /// What a unit of value 1000 pays in the United States, in 10⁻¹² of the report's currency.
    pub price: u64,
    /// Whether the price is the same in every territory.
    pub flat: bool,
    /// Products.
    pub products: &'static [Product],
}

impl Tariff {
    /// What a unit of this product pays there, in 10⁻¹² of the report's currency.
    pub fn price_of(&self, product: &Product, market: &Market) -> u64 {
        let local = if self.flat { 1000 } else { market.value };
        let price = u128::from(self.price) * u128::from(product.value) * u128::from(local) / 1_000_000;
        u64::try_from(price).unwrap_or(u64::MAX)
    }

    /// What a unit, divided by the size of its product, pays on average, in 10⁻¹² of the report's currency.
    pub fn average(&self, markets: &[&Market], products: &[&Product]) -> u64 {
        let mut sum = 0u128;
        let mut weights = 0u128;
        for market in markets {
            for product in products {
                let weight = u128::from(market.weight) * u128::from(product.weight);
                sum += weight * u128::from(self.price_of(product, market) / product.size());
                weights += weight;
            }
        }
        u64::try_from(sum / weights.max(1)).unwrap_or(u64::MAX).max(1)
    }
}

/// Weights of markets.
pub fn market_weights(markets: &[&Market]) -> Weights {
    Weights::new(markets.iter().map(|market| market.weight))
}

/// Weights of products.
pub fn product_weights(products: &[&Product]) -> Weights {
    Weights::new(products.iter().map(|product| product.weight))
}
