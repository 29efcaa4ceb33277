//! What configuration decides about a statement: who sends it, in which language, on which paper, what is paid when.

use chrono::{Days, NaiveDate};
use entity::party;
use formats::documents::{Colour, Identity, Issuer, Outlook, Paper, Words};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId};
use rust_decimal::Decimal;

use super::model::DocumentForm;
use crate::settings::{self, Book};

/// The frame of one statement.
pub(super) struct Frame {
    /// Who speaks; none: the tenant itself.
    pub(super) organisation: Option<OrganisationId>,
    pub(super) issuer: Issuer,
    /// Where to ask.
    pub(super) email: Option<String>,
    pub(super) language: String,
    pub(super) paper: Paper,
    /// The smallest payment; none without one.
    threshold: Option<Decimal>,
    due_days: u64,
}

impl Frame {
    /// Reads what counts for an organisation and a payee. `names` stand below the sender's name where it has no
    /// address.
    pub(super) fn read(
        book: &Book,
        organisation: Option<OrganisationId>,
        payee: &party::Model,
        currency: Currency,
        (tenant, names): (&str, Vec<String>),
    ) -> Outcome<Self> {
        let party = Some(PartyId(payee.id));
        let of = |key| book.effective(key, organisation, None);
        let for_payee = |key| book.effective(key, organisation, party);
        let accent: Colour = of(&settings::BRAND_ACCENT_COLOUR)
            .text()?
            .parse()
            .map_err(|error| Failure::internal(format!("brand_accent_colour: {error}")))?;
        let address = of(&settings::BRAND_SENDER_ADDRESS).lines()?;
        let issuer = Issuer {
            name: of(&settings::BRAND_SENDER_NAME).optional_text()?.unwrap_or(tenant).to_owned(),
            address: if address.is_empty() { names } else { address },
            accent,
            logo: Some(of(&settings::BRAND_LOGO).text()?.to_owned()).filter(|hash| !hash.is_empty()),
            legal: of(&settings::BRAND_FOOTER).lines()?,
        };
        let paper = match for_payee(&settings::STATEMENT_PAGE_SIZE).text()? {
            "LETTER" => Paper::Letter,
            _ => Paper::A4,
        };
        Ok(Self {
            organisation,
            issuer,
            email: of(&settings::BRAND_CONTACT_EMAIL).optional_text()?.map(str::to_owned),
            language: Words::language_of(for_payee(&settings::LOCALE).text()?).to_owned(),
            paper,
            // What is paid in another currency is measured in that one, when it is paid.
            threshold: match pay_currency(book, organisation, payee, currency)? == currency {
                true => threshold(book, organisation, payee, currency)?.0,
                false => None,
            },
            due_days: u64::try_from(for_payee(&settings::STATEMENT_DUE_DAYS).integer()?).unwrap_or(0),
        })
    }

    /// The words of its language.
    pub(super) fn words(&self) -> Outcome<&'static Words> {
        Words::of(&self.language).ok_or_else(|| Failure::internal(format!("no words for {}", self.language)))
    }

    /// What becomes of the closing balance.
    pub(super) fn outlook(
        &self,
        identity: &Identity,
        payee: &party::Model,
        last_day: NaiveDate,
        words: &Words,
    ) -> Outlook {
        if payee.status == "ON_HOLD" {
            return Outlook::OnHold(words.phrases.on_hold.clone());
        }
        if identity.closing <= Decimal::ZERO {
            return Outlook::CarriedForward;
        }
        match (self.threshold, last_day.checked_add_days(Days::new(self.due_days))) {
            (Some(threshold), _) if identity.closing < threshold => Outlook::BelowThreshold(threshold),
            (_, Some(day)) => Outlook::DueOn(day),
            (_, None) => Outlook::Unstated,
        }
    }
}

/// The currency in which a payee is paid what a statement in `stated` owes: what the payee wishes, else what the
/// configuration says, else that of the statement.
///
/// # Errors
/// `INTERNAL` for a stored value that cannot be read.
pub fn pay_currency(
    book: &Book,
    organisation: Option<OrganisationId>,
    payee: &party::Model,
    stated: Currency,
) -> Outcome<Currency> {
    if let Some(wish) = &payee.payment_currency {
        return Currency::parse(wish).map_err(|error| Failure::internal(error.to_string()));
    }
    let configured = book.effective(&settings::PAYMENT_CURRENCY, organisation, Some(PartyId(payee.id)));
    Ok(configured.currency()?.unwrap_or(stated))
}

/// The smallest payment to a payee in a currency, and the level it comes from: what the payee wishes, else what the
/// configuration says. A wish is an amount in the payee's payment currency; without one it holds for every currency.
///
/// # Errors
/// `INTERNAL` for a stored value that cannot be read.
pub fn threshold(
    book: &Book,
    organisation: Option<OrganisationId>,
    payee: &party::Model,
    currency: Currency,
) -> Outcome<(Option<Decimal>, settings::Level)> {
    let own = payee.payment_currency.as_deref().is_none_or(|code| code == currency.code());
    if let Some(wish) = payee.payment_threshold.filter(|_| own) {
        return Ok((Some(wish), settings::Level::RightsHolder));
    }
    let found = book.effective(&settings::PAYMENT_THRESHOLD, organisation, Some(PartyId(payee.id)));
    Ok((found.amount(currency)?, found.origin.level))
}

/// The documents that are made of a statement.
pub(super) fn forms(book: &Book, organisation: Option<OrganisationId>, party: PartyId) -> Outcome<Vec<DocumentForm>> {
    let chosen = book.effective(&settings::STATEMENT_FORMS, organisation, Some(party)).texts()?;
    Ok(DocumentForm::ALL.into_iter().filter(|form| chosen.iter().any(|name| name == form.as_str())).collect())
}
