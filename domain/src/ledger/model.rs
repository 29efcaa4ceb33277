//! Accounts, transfers and balances as values.

use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId};
use kernel::period::Month;
use rust_decimal::Decimal;
use uuid::Uuid;

macro_rules! account_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What an account is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AccountKind {
            $($(#[$doc])* $name,)*
        }

        impl AccountKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The kind with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }
        }
    };
}

account_kinds! {
    /// What providers owe us by their reports.
    ProviderReceivable = "PROVIDER_RECEIVABLE";
    /// Posted lines waiting for a run.
    RevenueClearing = "REVENUE_CLEARING";
    /// Money that waits for an item, a contract, a rate.
    Suspense = "SUSPENSE";
    /// Amounts in rows that are no revenue.
    Skipped = "SKIPPED";
    /// Digits beyond the 18 places a line keeps.
    Precision = "PRECISION";
    /// Payees' royalties between line and contract currency.
    FxClearing = "FX_CLEARING";
    /// What stays with the tenant.
    Margin = "MARGIN";
    /// Taxes and fees that providers kept of whole reports.
    Charge = "CHARGE";
    /// Owed to a payee under a contract.
    RoyaltyPayable = "ROYALTY_PAYABLE";
    /// Remainders of rounding, carried per payee and contract.
    Rounding = "ROUNDING";
    /// Advances paid and not yet recouped.
    Advance = "ADVANCE";
    /// Money that left the house.
    Cash = "CASH";
    /// Payments released and not yet settled.
    InTransit = "IN_TRANSIT";
    /// A payee's internal wallet.
    Wallet = "WALLET";
    /// Held back against returns, per payee and contract.
    Reserve = "RESERVE";
    /// What holds and disputes keep back, per payee and contract.
    Held = "HELD";
    /// Between what providers reported and what they paid: rates, fees, what nobody can explain.
    ReceiptDifference = "RECEIPT_DIFFERENCE";
}

impl AccountKind {
    /// Whether the account normally stands in debit: what we own or are owed.
    #[must_use]
    pub const fn is_debit(self) -> bool {
        matches!(self, Self::ProviderReceivable | Self::Advance | Self::ReceiptDifference)
    }
}

/// What identifies an account. It comes into being when something is first posted to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// What for.
    pub kind: AccountKind,
    /// In which currency.
    pub currency: Currency,
    /// Under which contract, where the kind has one.
    pub contract_id: Option<ContractId>,
    /// Of which payee, where the kind has one.
    pub party_id: Option<PartyId>,
}

impl AccountKey {
    /// The tenant's account of a kind in a currency.
    #[must_use]
    pub const fn of(kind: AccountKind, currency: Currency) -> Self {
        Self { kind, currency, contract_id: None, party_id: None }
    }

    /// The same under a contract.
    #[must_use]
    pub const fn under(self, contract: ContractId) -> Self {
        Self { contract_id: Some(contract), ..self }
    }

    /// The same of a payee.
    #[must_use]
    pub const fn for_party(self, party: PartyId) -> Self {
        Self { party_id: Some(party), ..self }
    }
}

/// Money moving from the credit account to the debit account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What for; unique within the source.
    pub purpose: String,
    /// The account that is debited.
    pub debit: AccountKey,
    /// The account that is credited, in the same currency.
    pub credit: AccountKey,
    /// Plain notation of a positive number, of any length: a file may carry more digits than a decimal holds.
    pub(super) amount: String,
}

impl Transfer {
    /// A transfer of a signed amount: a negative one changes the sides, nothing is no transfer.
    #[must_use]
    pub fn signed(purpose: impl Into<String>, debit: AccountKey, credit: AccountKey, amount: Decimal) -> Option<Self> {
        Self::build(purpose.into(), debit, credit, &amount.normalize().to_string())
    }

    /// As [`Transfer::signed`], from an exact text of any length (`-12.000000000000000000000000000000034`).
    ///
    /// # Errors
    /// `INTERNAL` when the text is not a plain number.
    pub fn exact(
        purpose: impl Into<String>,
        debit: AccountKey,
        credit: AccountKey,
        amount: &str,
    ) -> Outcome<Option<Self>> {
        let digits = amount.strip_prefix('-').unwrap_or(amount);
        let points = digits.bytes().filter(|byte| *byte == b'.').count();
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if digits.is_empty() || points > 1 || !plain {
            return Err(Failure::internal(format!("`{amount}` is no amount to post")));
        }
        Ok(Self::build(purpose.into(), debit, credit, amount))
    }

    fn build(purpose: String, debit: AccountKey, credit: AccountKey, amount: &str) -> Option<Self> {
        let (magnitude, negative) = match amount.strip_prefix('-') {
            Some(magnitude) => (magnitude, true),
            None => (amount, false),
        };
        if magnitude.bytes().all(|byte| byte == b'0' || byte == b'.') {
            return None;
        }
        let (debit, credit) = if negative { (credit, debit) } else { (debit, credit) };
        Some(Self { purpose, debit, credit, amount: magnitude.to_owned() })
    }

    /// The amount, in plain notation.
    #[must_use]
    pub fn amount(&self) -> &str {
        &self.amount
    }
}

/// Transfers that are posted together or not at all.
#[derive(Debug, Clone)]
pub struct Posting {
    /// What causes it: `REPORT`, `RUN`, `ADVANCE`, `PAYMENT`.
    pub source_kind: &'static str,
    /// Which one.
    pub source_id: Uuid,
    /// The accounting month it belongs to.
    pub month: Month,
    /// The transfers.
    pub transfers: Vec<Transfer>,
}

/// What was posted to an account, and what is reserved. Exact to 28 digits, which every account of payable money
/// has; accounts with longer tails are shown rounded, and proofs over them are computed in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Sum of debits.
    pub debits: Decimal,
    /// Sum of credits.
    pub credits: Decimal,
    /// Debits that are announced and neither settled nor voided.
    pub pending_debits: Decimal,
    /// Credits that are announced.
    pub pending_credits: Decimal,
}

impl Balance {
    /// Debits less credits: what an account of the kind receivable, advance or cash holds.
    #[must_use]
    pub fn net_debit(&self) -> Decimal {
        self.debits.saturating_sub(self.credits)
    }

    /// Credits less debits: what is owed or kept.
    #[must_use]
    pub fn net_credit(&self) -> Decimal {
        self.credits.saturating_sub(self.debits)
    }

    /// What is owed and not yet on its way: credits less debits less announced debits.
    #[must_use]
    pub fn available_credit(&self) -> Decimal {
        self.net_credit().saturating_sub(self.pending_debits)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pair() -> (AccountKey, AccountKey) {
        let eur = Currency::parse("EUR").unwrap();
        (AccountKey::of(AccountKind::ProviderReceivable, eur), AccountKey::of(AccountKind::Suspense, eur))
    }

    #[test]
    fn a_negative_amount_changes_sides_and_nothing_is_no_transfer() {
        let (debit, credit) = pair();
        let forward = Transfer::signed("a", debit, credit, Decimal::new(1250, 3)).unwrap();
        assert_eq!((forward.debit, forward.amount()), (debit, "1.25"));
        let backward = Transfer::signed("a", debit, credit, Decimal::new(-1, 18)).unwrap();
        assert_eq!((backward.debit, backward.amount()), (credit, "0.000000000000000001"));
        assert_eq!(Transfer::signed("a", debit, credit, Decimal::new(0, 4)), None);
    }

    #[test]
    fn amounts_of_any_length_are_posted_and_nonsense_is_not() {
        let (debit, credit) = pair();
        let long = "-0.0000000000000000000000000000000000001";
        let transfer = Transfer::exact("cut", debit, credit, long).unwrap().unwrap();
        assert_eq!((transfer.debit, transfer.amount()), (credit, &long[1..]));
        assert_eq!(Transfer::exact("cut", debit, credit, "-0.000").unwrap(), None);
        for nonsense in ["", "-", "1e5", "1.2.3", "--1", "NaN", "+1"] {
            assert!(Transfer::exact("cut", debit, credit, nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn kinds_have_unique_names() {
        for kind in AccountKind::ALL {
            assert_eq!(AccountKind::from_name(kind.as_str()), Some(*kind));
        }
    }

    #[test]
    fn what_is_on_its_way_is_not_available() {
        let balance = Balance {
            debits: Decimal::from(30),
            credits: Decimal::from(100),
            pending_debits: Decimal::from(50),
            pending_credits: Decimal::ZERO,
        };
        assert_eq!(balance.net_credit(), Decimal::from(70));
        assert_eq!(balance.available_credit(), Decimal::from(20));
    }
}
