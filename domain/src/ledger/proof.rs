//! The proof that no money was lost: what the files say against where the ledger has it, to the last digit.

use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::db::{OrFail, sql};
use sea_orm::FromQueryResult;

use crate::Core;

#[derive(FromQueryResult)]
struct Row {
    currency: String,
    money_in: String,
    payees: String,
    margin: String,
    charges: String,
    suspense: String,
    waiting: String,
    skipped: String,
    cut: String,
    rounding: String,
    fx: String,
    difference: String,
    holds: bool,
}

/// Where the money of one currency is. All amounts are exact texts in plain notation: a file may carry more digits
/// than a decimal holds.
///
/// `money_in = payees + margin + suspense + waiting + skipped + cut + rounding + fx + difference`, and the
/// difference must be zero. `money_in`, `skipped` and `cut` come from what the files add up to, the rest from the
/// transfers of the ledger, so that each side checks the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conservation {
    /// The currency.
    pub currency: Currency,
    /// The totals of the imported files.
    pub money_in: String,
    /// Royalties credited to payees in this currency, before recoupment.
    pub payees: String,
    /// What stayed with the tenant.
    pub margin: String,
    /// Taxes and fees that providers kept of whole reports.
    pub charges: String,
    /// Waiting for an item, a contract, a rate.
    pub suspense: String,
    /// Posted lines that no finalised run has taken up.
    pub waiting: String,
    /// Amounts in rows that are no revenue.
    pub skipped: String,
    /// Digits beyond the 18 places a line keeps.
    pub cut: String,
    /// Remainders below the minor unit, carried per payee and contract.
    pub rounding: String,
    /// Converted into other currencies (positive) or from them (negative), with the digits between 18 and 12 places.
    pub fx: String,
    /// What cannot be accounted for: zero.
    pub difference: String,
    /// Whether the difference is zero and every transfer agrees with the balances.
    pub holds: bool,
}

/// The proof over accounting months `from` to `to`, one row per currency.
///
/// # Errors
/// `FORBIDDEN`; `PERIOD_INVALID` when it would end before it begins; database failures.
pub async fn conservation(ctx: &OpContext, core: &Core, from: Month, to: Month) -> Outcome<Vec<Conservation>> {
    ctx.require(Permission::LedgerRead)?;
    if to < from {
        return Err(Failure::refused("PERIOD_INVALID", "The period ends before it begins.").at(["to"]));
    }
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Row::find_by_statement(sql(
        "WITH files AS (
             SELECT t.currency, sum(t.total) AS total, sum(t.skipped) AS skipped, sum(t.cut) AS cut
               FROM report_total t
               JOIN revenue_report r ON r.tenant_id = $1 AND r.id = t.report_id
              WHERE t.tenant_id = $1 AND r.state = 'IMPORTED' AND r.accounting_month BETWEEN $2 AND $3
              GROUP BY t.currency),
         sides AS (
             SELECT currency, credit_account_id AS account_id, amount, source_kind, purpose FROM ledger_transfer
              WHERE tenant_id = $1 AND phase = 'POSTED' AND accounting_month BETWEEN $2 AND $3
             UNION ALL
             SELECT currency, debit_account_id, -amount, source_kind, purpose FROM ledger_transfer
              WHERE tenant_id = $1 AND phase = 'POSTED' AND accounting_month BETWEEN $2 AND $3),
         moved AS (
             SELECT s.currency,
                    -- What was earned: recoupment and payments come after.
                    sum(s.amount) FILTER (WHERE a.kind = 'ROYALTY_PAYABLE' AND s.source_kind = 'RUN'
                                            AND s.purpose LIKE 'earned:%') AS payees,
                    sum(s.amount) FILTER (WHERE a.kind = 'MARGIN') AS margin,
                    sum(s.amount) FILTER (WHERE a.kind = 'CHARGE') AS charges,
                    sum(s.amount) FILTER (WHERE a.kind = 'SUSPENSE') AS suspense,
                    sum(s.amount) FILTER (WHERE a.kind = 'REVENUE_CLEARING') AS waiting,
                    sum(s.amount) FILTER (WHERE a.kind = 'ROUNDING') AS rounding,
                    -- Paying in another currency exchanges what was earned long before.
                    sum(s.amount) FILTER (WHERE a.kind = 'FX_CLEARING' AND s.source_kind <> 'PAYMENT') AS fx
               FROM sides s
               JOIN ledger_account a ON a.tenant_id = $1 AND a.id = s.account_id
              GROUP BY s.currency),
         -- The balances beside the transfers say what all transfers say.
         drift AS (
             SELECT a.currency
               FROM ledger_balance b
               JOIN ledger_account a ON a.tenant_id = $1 AND a.id = b.account_id
               LEFT JOIN (SELECT account_id, sum(debit) AS debits, sum(credit) AS credits
                            FROM (SELECT debit_account_id AS account_id, amount AS debit, 0::numeric AS credit
                                    FROM ledger_transfer WHERE tenant_id = $1 AND phase = 'POSTED'
                                  UNION ALL
                                  SELECT credit_account_id, 0, amount
                                    FROM ledger_transfer WHERE tenant_id = $1 AND phase = 'POSTED') AS t
                           GROUP BY account_id) AS t ON t.account_id = b.account_id
              WHERE b.tenant_id = $1
                AND (b.debits <> coalesce(t.debits, 0) OR b.credits <> coalesce(t.credits, 0))),
         parts AS (
             SELECT coalesce(f.currency, m.currency) AS currency, coalesce(f.total, 0) AS money_in,
                    coalesce(f.skipped, 0) AS skipped, coalesce(f.cut, 0) AS cut,
                    coalesce(m.payees, 0) AS payees, coalesce(m.margin, 0) AS margin,
                    coalesce(m.charges, 0) AS charges,
                    coalesce(m.suspense, 0) AS suspense, coalesce(m.waiting, 0) AS waiting,
                    coalesce(m.rounding, 0) AS rounding, coalesce(m.fx, 0) AS fx
               FROM files f FULL JOIN moved m ON m.currency = f.currency),
         checked AS (
             SELECT *, money_in - payees - margin - charges - suspense - waiting - skipped - cut - rounding - fx
                       AS difference
               FROM parts)
         SELECT currency, trim_scale(money_in)::text AS money_in, trim_scale(payees)::text AS payees,
                trim_scale(margin)::text AS margin, trim_scale(charges)::text AS charges, trim_scale(suspense)::text AS suspense,
                trim_scale(waiting)::text AS waiting, trim_scale(skipped)::text AS skipped,
                trim_scale(cut)::text AS cut, trim_scale(rounding)::text AS rounding, trim_scale(fx)::text AS fx,
                trim_scale(difference)::text AS difference,
                difference = 0 AND NOT EXISTS (SELECT 1 FROM drift d WHERE d.currency = checked.currency) AS holds
           FROM checked ORDER BY currency",
        [ctx.tenant_id.uuid().into(), from.first_day().into(), to.first_day().into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter().map(Row::checked).collect()
}

impl Row {
    fn checked(self) -> Outcome<Conservation> {
        Ok(Conservation {
            currency: Currency::parse(&self.currency).map_err(|error| Failure::internal(error.to_string()))?,
            money_in: self.money_in,
            payees: self.payees,
            margin: self.margin,
            charges: self.charges,
            suspense: self.suspense,
            waiting: self.waiting,
            skipped: self.skipped,
            cut: self.cut,
            rounding: self.rounding,
            fx: self.fx,
            difference: self.difference,
            holds: self.holds,
        })
    }
}
