//! The decision: what is withheld from an amount, by which row, for which reason; or that nothing may be paid yet.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::money::{Rounding, round_to};
use rust_decimal::Decimal;
use serde::Serialize;

use super::forms::{FormKind, TaxForm};
use super::tables::{Base, EEA, IncomeClass, Residence, TaxTables, WithholdingRow};

/// What a payee is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PayeeKind {
    /// A person.
    Individual,
    /// A company or another entity.
    Entity,
}

/// Who is paid, with the papers on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// Country of residence, two letters.
    pub residence: String,
    /// Person or entity.
    pub kind: PayeeKind,
    /// The papers.
    pub forms: Vec<TaxForm>,
    /// United States: whether the tax office said that name and number do not fit ("B" notice).
    pub number_refused: bool,
    /// United States: whether the payee is exempt from backup withholding and information returns, as corporations are.
    pub exempt: bool,
}

/// An amount that is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxLine {
    /// The amount before tax.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Where the right was used, two letters; `None` when nobody knows.
    pub territory: Option<String>,
    /// What kind of royalty it is.
    pub class: IncomeClass,
}

/// What happens without a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presumption {
    /// Nothing is paid until it is there.
    #[default]
    Hold,
    /// It is paid less the full rate.
    Withhold,
}

/// What a payee got earlier in the year, for the option for small amounts; `None` when the option is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearToDate {
    /// Paid without tax, in the option's currency.
    pub untaxed: Decimal,
    /// Paid with tax, in the option's currency.
    pub taxed: Decimal,
}

/// Why a payment waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Hold {
    /// There is no paper.
    TaxFormMissing,
    /// The paper is no longer good.
    TaxFormExpired,
    /// A person's form of an entity, or the other way round.
    TaxFormOfAnotherKind,
    /// Nothing is known of the payer's country on that day.
    TaxRulesMissing,
}

/// Why a rate was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionReason {
    /// The payee lives where the payer does.
    Resident,
    /// A US person with a certified number.
    CertifiedNumber,
    /// A US person without one: backup withholding.
    BackupWithholding,
    /// Income of a business in the United States.
    EffectivelyConnected,
    /// The right was used elsewhere.
    ForeignSource,
    /// The treaty's rate.
    Treaty,
    /// The domestic rate: no treaty was claimed.
    NoClaim,
    /// The domestic rate: the claim has no number.
    ClaimWithoutNumber,
    /// The domestic rate: the entity does not say why it may have the treaty's benefits.
    LimitationOnBenefits,
    /// The domestic rate: the countries have no treaty.
    NoTreaty,
    /// The domestic rate: the treaty has ended.
    TreatyEnded,
    /// The domestic rate: the treaty's royalty article does not cover this kind.
    NotInArticle,
    /// The domestic rate: the paper that a treaty needs is not on file.
    PaperMissing,
    /// The domestic rate, presumed without any paper.
    Presumed,
    /// Nothing, by the option for small amounts.
    SmallAmount,
    /// The whole year is taxed: the option's limit was passed.
    SmallAmountPassed,
}

/// What is to be reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "form")]
pub enum Reported {
    /// United States, royalties of US persons.
    #[serde(rename = "1099-MISC")]
    Misc1099,
    /// United States, royalties of others.
    #[serde(rename = "1042-S", rename_all = "camelCase")]
    S1042 {
        /// Box 1.
        income_code: &'static str,
        /// Box 3a; `00` not exempt.
        exemption_code: &'static str,
    },
    /// Germany: the quarterly return, even of nothing withheld.
    #[serde(rename = "DE-50A")]
    De50a,
    /// Nowhere known.
    #[serde(rename = "NONE")]
    Nothing,
}

/// What is withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Percent.
    pub rate: Decimal,
    /// What the rate is taken of: the amount, or nothing of it.
    pub base: Decimal,
    /// Withheld, rounded half up to the currency.
    pub tax: Decimal,
    /// Withheld for earlier payments of the year, where an option's limit was passed.
    pub catch_up: Decimal,
    /// Why.
    pub reason: DecisionReason,
    /// The rule's name; empty where none applies.
    pub rule: String,
    /// The law or the treaty's article.
    pub article: String,
    /// Where that was read.
    pub source: String,
    /// Since when the row holds.
    pub row_from: Option<NaiveDate>,
    /// What is reported.
    pub reported: Reported,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaxOutcome {
    /// It may be paid, less this.
    Decided(Box<Decision>),
    /// It waits.
    Held(Hold),
}

/// A rate with its grounds, before it meets an amount.
struct Ground {
    rate: Decimal,
    taxed: bool,
    reason: DecisionReason,
    rule: String,
    article: String,
    source: String,
    row_from: Option<NaiveDate>,
    reported: Reported,
}

/// Decides on an amount that a payer in a country pays on a day.
#[must_use]
pub fn decide(
    tables: &TaxTables,
    payer: &str,
    payee: &Payee,
    line: &TaxLine,
    on: NaiveDate,
    presumption: Presumption,
    year: Option<YearToDate>,
) -> TaxOutcome {
    let ground = match payer {
        "US" => united_states(tables, payee, line, on, presumption),
        _ => elsewhere(tables, payer, payee, line, on),
    };
    let ground = match ground {
        Ok(ground) => ground,
        Err(hold) => return TaxOutcome::Held(hold),
    };
    TaxOutcome::Decided(Box::new(meet(tables, payer, line, on, ground, year)))
}

/// The rate meets the amount.
fn meet(
    tables: &TaxTables,
    payer: &str,
    line: &TaxLine,
    on: NaiveDate,
    mut ground: Ground,
    year: Option<YearToDate>,
) -> Decision {
    let percent = |rate: Decimal, of: Decimal| {
        let exact = of.checked_mul(rate).and_then(|product| product.checked_div(Decimal::ONE_HUNDRED));
        round_to(exact.unwrap_or_default(), line.currency, Rounding::HalfUp)
    };
    let mut catch_up = Decimal::ZERO;
    // The option is the payer's, in the option's currency only, and only where something would be withheld.
    let option = tables.small_amount(payer, on).filter(|row| row.currency == line.currency.code());
    if let (Some(row), Some(year)) = (option, year)
        && ground.taxed
        && !ground.rate.is_zero()
    {
        let total = year.untaxed.saturating_add(year.taxed).saturating_add(line.amount);
        if total <= row.limit {
            ground.taxed = false;
            ground.reason = DecisionReason::SmallAmount;
        } else {
            catch_up = percent(ground.rate, year.untaxed);
            ground.reason = DecisionReason::SmallAmountPassed;
        }
        ground.article = format!("{}; {}", ground.article, row.article);
        ground.source.clone_from(&row.source);
        ground.row_from = Some(row.from);
    }
    // Nothing is withheld of what is owed to us.
    let base = if ground.taxed && line.amount > Decimal::ZERO { line.amount } else { Decimal::ZERO };
    let rate = if ground.taxed { ground.rate } else { Decimal::ZERO };
    Decision {
        rate,
        base,
        tax: percent(rate, base),
        catch_up,
        reason: ground.reason,
        rule: ground.rule,
        article: ground.article,
        source: ground.source,
        row_from: ground.row_from,
        reported: ground.reported,
    }
}

fn free(reason: DecisionReason, reported: Reported) -> Ground {
    Ground {
        rate: Decimal::ZERO,
        taxed: false,
        reason,
        rule: String::new(),
        article: String::new(),
        source: String::new(),
        row_from: None,
        reported,
    }
}

fn by_rule(row: &WithholdingRow, reason: DecisionReason, reported: Reported) -> Ground {
    Ground {
        rate: row.rate,
        taxed: true,
        reason,
        rule: row.id.clone(),
        article: row.article.clone(),
        source: row.source.clone(),
        row_from: Some(row.from),
        reported,
    }
}

fn united_states(
    tables: &TaxTables,
    payee: &Payee,
    line: &TaxLine,
    on: NaiveDate,
    presumption: Presumption,
) -> Result<Ground, Hold> {
    let row = |residence| tables.rule("US", residence, line.class, on).ok_or(Hold::TaxRulesMissing);
    let w9 = payee.forms.iter().find(|form| form.kind == FormKind::W9 && form.is_good_on(on));
    if w9.is_some() || payee.residence == "US" {
        let certified = w9.is_some_and(|form| form.has_tin) && !payee.number_refused;
        let missing = w9.is_none() && presumption == Presumption::Hold;
        return match (certified || payee.exempt && w9.is_some(), missing) {
            (true, _) => Ok(free(DecisionReason::CertifiedNumber, Reported::Misc1099)),
            (false, true) => Err(Hold::TaxFormMissing),
            (false, false) => {
                Ok(by_rule(row(Residence::Backup)?, DecisionReason::BackupWithholding, Reported::Misc1099))
            }
        };
    }
    let reported = |exemption_code| Reported::S1042 { income_code: line.class.code_1042s(), exemption_code };
    let rule = row(Residence::Foreign)?;
    let kinds = [FormKind::W8Eci, FormKind::W8Ben, FormKind::W8BenE];
    let all: Vec<&TaxForm> = payee.forms.iter().filter(|form| kinds.contains(&form.kind)).collect();
    let good: Vec<&&TaxForm> = all.iter().filter(|form| form.is_good_on(on)).collect();
    if good.iter().any(|form| form.kind == FormKind::W8Eci) {
        return Ok(Ground {
            article: "26 USC 871(b), 882".into(),
            ..free(DecisionReason::EffectivelyConnected, reported("01"))
        });
    }
    let own = if payee.kind == PayeeKind::Individual { FormKind::W8Ben } else { FormKind::W8BenE };
    let Some(form) = good.iter().filter(|form| form.kind == own).max_by_key(|form| form.signed_on) else {
        let hold = match (good.is_empty(), all.is_empty()) {
            (false, _) => Hold::TaxFormOfAnotherKind,
            (true, false) => Hold::TaxFormExpired,
            (true, true) => Hold::TaxFormMissing,
        };
        return match presumption {
            Presumption::Hold => Err(hold),
            Presumption::Withhold if is_domestic(line, "US") => {
                Ok(by_rule(rule, DecisionReason::Presumed, reported("00")))
            }
            Presumption::Withhold => Ok(free(DecisionReason::ForeignSource, reported("03"))),
        };
    };
    if !is_domestic(line, "US") {
        return Ok(Ground {
            article: "26 USC 862(a)(4)".into(),
            ..free(DecisionReason::ForeignSource, reported("03"))
        });
    }
    let Some(country) = &form.treaty_country else {
        return Ok(by_rule(rule, DecisionReason::NoClaim, reported("00")));
    };
    if !form.has_tin {
        return Ok(by_rule(rule, DecisionReason::ClaimWithoutNumber, reported("00")));
    }
    if payee.kind == PayeeKind::Entity && !form.limitation_met {
        return Ok(by_rule(rule, DecisionReason::LimitationOnBenefits, reported("00")));
    }
    let ground = treaty(tables, "US", country, line.class, on, rule, reported("00"));
    // A treaty's exemption has a code of its own, a lower rate is not exempt.
    let exempt = ground.reason == DecisionReason::Treaty && ground.rate.is_zero();
    Ok(Ground { reported: reported(if exempt { "04" } else { "00" }), ..ground })
}

/// Whether the right was used in a country; what nobody knows counts as used there.
fn is_domestic(line: &TaxLine, country: &str) -> bool {
    line.territory.as_deref().is_none_or(|territory| territory == country)
}

fn treaty(
    tables: &TaxTables,
    payer: &str,
    residence: &str,
    class: IncomeClass,
    on: NaiveDate,
    rule: &WithholdingRow,
    reported: Reported,
) -> Ground {
    let Some(row) = tables.treaty(payer, residence, on) else {
        let ended = tables.ended_treaty(payer, residence, on);
        let reason = if ended.is_some() { DecisionReason::TreatyEnded } else { DecisionReason::NoTreaty };
        let ground = by_rule(rule, reason, reported);
        return match ended {
            Some(row) => Ground { source: row.source.clone(), ..ground },
            None => ground,
        };
    };
    match row.rate(class) {
        // A treaty never makes it more.
        Some(rate) if rate < rule.rate => Ground {
            rate,
            taxed: true,
            reason: DecisionReason::Treaty,
            rule: rule.id.clone(),
            article: format!(
                "Treaty {payer}-{residence} art. {}",
                if row.article.is_empty() { "(royalties)" } else { &row.article }
            ),
            source: row.source.clone(),
            row_from: Some(row.from),
            reported,
        },
        Some(_) => by_rule(rule, DecisionReason::Treaty, reported),
        None => by_rule(rule, DecisionReason::NotInArticle, reported),
    }
}

fn elsewhere(tables: &TaxTables, payer: &str, payee: &Payee, line: &TaxLine, on: NaiveDate) -> Result<Ground, Hold> {
    if payee.residence == payer {
        return Ok(free(DecisionReason::Resident, Reported::Nothing));
    }
    if !tables.knows(payer, on) {
        return Err(Hold::TaxRulesMissing);
    }
    let eea = EEA.contains(&payee.residence.as_str());
    let special = tables.rule(payer, Residence::Eea, line.class, on).filter(|_| eea);
    let rule =
        special.or_else(|| tables.rule(payer, Residence::Foreign, line.class, on)).ok_or(Hold::TaxRulesMissing)?;
    let reported = || if payer == "DE" { Reported::De50a } else { Reported::Nothing };
    if rule.base == Base::Domestic && !is_domestic(line, payer) {
        return Ok(free(DecisionReason::ForeignSource, reported()));
    }
    if rule.rate.is_zero() {
        return Ok(by_rule(rule, DecisionReason::NotInArticle, reported()));
    }
    let wanted = match rule.treaty_form.as_str() {
        "EXEMPTION_CERTIFICATE" => FormKind::ExemptionCertificate,
        "JP_FORM_3" => FormKind::JpForm3,
        _ => FormKind::CertificateOfResidence,
    };
    if tables.treaty(payer, &payee.residence, on).is_none() {
        return Ok(treaty(tables, payer, &payee.residence, line.class, on, rule, reported()));
    }
    let on_file = payee.forms.iter().any(|form| form.kind == wanted && form.is_good_on(on));
    if !on_file {
        return Ok(by_rule(rule, DecisionReason::PaperMissing, reported()));
    }
    Ok(treaty(tables, payer, &payee.residence, line.class, on, rule, reported()))
}
