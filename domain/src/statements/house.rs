//! Who issues a statement and how it looks: from the settings of the organisation whose contracts are on it.

use std::collections::BTreeSet;

use formats::documents::{Colour, Issuer, Paper, Words};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId};

use super::load::{Key, Material};
use crate::settings::{
    BRAND_ACCENT_COLOUR, BRAND_FOOTER, BRAND_LOGO, BRAND_SENDER_ADDRESS, BRAND_SENDER_NAME, LOCALE, STATEMENT_PAGE_SIZE,
};

/// Names of organisations below the sender's, at most.
const NAMES: usize = 3;

/// The house of one statement.
pub(super) struct House {
    pub(super) issuer: Issuer,
    /// The locale (`de-DE`).
    pub(super) locale: String,
    pub(super) words: &'static Words,
    pub(super) paper: Paper,
}

impl House {
    /// The one organisation of all contracts speaks for itself; several are spoken for by the tenant, and named.
    pub(super) fn of(material: &Material, key: &Key) -> Outcome<Self> {
        let organisations = organisations(material, key);
        let one = match organisations.as_slice() {
            [one] => Some(OrganisationId(*one)),
            _ => None,
        };
        let party = Some(PartyId(key.0));
        let value = |setting| material.settings.effective(setting, one, party);
        let own_name = value(&BRAND_SENDER_NAME).text()?.trim().to_owned();
        let name = if own_name.is_empty() { material.tenant.name.clone() } else { own_name };
        let own_address = lines(value(&BRAND_SENDER_ADDRESS).text()?);
        let address = if own_address.is_empty() { names(material, &organisations, &name) } else { own_address };
        let accent: Colour = value(&BRAND_ACCENT_COLOUR)
            .text()?
            .parse()
            .map_err(|error| Failure::internal(format!("the accent colour: {error}")))?;
        let locale = value(&LOCALE).text()?.to_owned();
        let words = Words::of(&locale)
            .ok_or_else(|| Failure::internal(format!("the locale {locale} has no words for statements")))?;
        let paper = if value(&STATEMENT_PAGE_SIZE).text()? == "LETTER" { Paper::Letter } else { Paper::A4 };
        let legal = lines(value(&BRAND_FOOTER).text()?);
        // A hash that names no logo of this tenant is no logo: a wrong setting never holds statements up.
        let logo = Some(value(&BRAND_LOGO).text()?.to_owned()).filter(|hash| material.logos.contains(hash));
        Ok(Self { issuer: Issuer { name, address, accent, logo, legal }, locale, words, paper })
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The organisations whose contracts are on the statement.
fn organisations(material: &Material, key: &Key) -> Vec<uuid::Uuid> {
    let accounts = material.accounts.get(key).into_iter().flatten();
    let ids: BTreeSet<uuid::Uuid> =
        accounts.filter_map(|row| material.contracts.get(&row.contract_id)?.organisation_id).collect();
    ids.into_iter().collect()
}

fn names(material: &Material, organisations: &[uuid::Uuid], sender: &str) -> Vec<String> {
    let mut names: Vec<String> =
        organisations.iter().filter_map(|id| material.organisations.get(id)).filter(|name| *name != sender).cloned().collect();
    names.sort();
    names.truncate(NAMES);
    names
}
