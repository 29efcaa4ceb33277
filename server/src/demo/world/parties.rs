//! Rights holders with residence, identifiers and wishes for their payment.

use super::codes;
use super::market::{payment_currency, usual_threshold};
use super::model::{Party, PaymentWish};
use super::random::Random;
use super::tenants::Blueprint;

/// Collects the rights holders of a tenant while contracts are made.
pub struct Register<'a> {
    blueprint: &'a Blueprint,
    /// Everybody so far.
    pub parties: Vec<Party>,
}

impl<'a> Register<'a> {
    /// An empty register.
    pub fn new(blueprint: &'a Blueprint) -> Self {
        Self { blueprint, parties: Vec::new() }
    }

    /// Enters a party and gives its index.
    pub fn add(&mut self, name: String, kind: &'static str, country: &'static str, random: &mut Random) -> usize {
        let number = self.parties.len() + 1;
        let block = self.blueprint.block;
        let reference = format!("{}-P{number:04}", self.blueprint.prefix);
        self.parties.push(Party {
            email: format!("{}@{}.example", reference.to_lowercase(), self.blueprint.slug),
            ipi: (kind == "PERSON" && random.chance(600)).then(|| codes::ipi(block, number)),
            isni: random.chance(350).then(|| codes::isni(block, number)),
            // One in ten has never said how to be paid: configuration decides.
            payment: random.chance(900).then(|| wish(country, random)),
            reference,
            name,
            kind,
            country,
        });
        number - 1
    }

    /// The reference of a party.
    pub fn reference(&self, index: usize) -> String {
        self.parties[index].reference.clone()
    }
}

fn wish(country: &str, random: &mut Random) -> PaymentWish {
    // One in eight takes dollars or euros instead of the money at home.
    let home = payment_currency(country);
    let currency = if random.chance(125) { *random.pick(&["USD", "EUR"]) } else { home };
    let usual = usual_threshold(currency);
    // A few wait for a large sum, so that balances are carried over; a few want every cent.
    let threshold = match random.below(10) {
        0 => format!("{usual}00"),
        1 => String::from("0"),
        _ => usual.to_owned(),
    };
    PaymentWish { currency, threshold }
}

/// Where a band member, heir or producer of somebody from `home` lives: mostly at home, sometimes abroad.
pub fn residence(home: &'static str, random: &mut Random) -> &'static str {
    const ABROAD: [&str; 8] = ["US", "GB", "DE", "SE", "JP", "FR", "BR", "KR"];
    if random.chance(180) { random.pick::<&str>(&ABROAD) } else { home }
}
