//! Reading accounts, balances and transfers.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AccountId, ContractId, PartyId, TransferId};
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::model::{AccountKey, AccountKind, Balance};
use crate::Core;

/// Which accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only of this kind.
    pub kind: Option<AccountKind>,
    /// Only of this payee.
    pub party_id: Option<PartyId>,
    /// Only under this contract.
    pub contract_id: Option<ContractId>,
}

/// An account with its balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What identifies it.
    pub key: AccountKey,
    /// What was posted.
    pub balance: Balance,
}

/// A transfer as kept.
#[derive(Debug, Clone)]
pub struct TransferRow {
    /// Its id.
    pub id: TransferId,
    /// The account that was debited.
    pub debit: AccountId,
    /// The account that was credited.
    pub credit: AccountId,
    /// The currency of both.
    pub currency: Currency,
    /// The amount: positive, exact, in plain notation.
    pub amount: String,
    /// The accounting month.
    pub month: Month,
    /// What caused it: `REPORT`, `RUN`, `ADVANCE`, `PAYMENT`.
    pub source_kind: String,
    /// Which one.
    pub source_id: Uuid,
    /// What for.
    pub purpose: String,
    /// `POSTED`, `PENDING` or `VOIDED`.
    pub phase: String,
    /// When it was written.
    pub posted_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct AccountModel {
    id: Uuid,
    kind: String,
    currency: String,
    contract_id: Option<Uuid>,
    party_id: Option<Uuid>,
    debits: String,
    credits: String,
    pending_debits: String,
    pending_credits: String,
}

/// Text, because a total may have more digits than a decimal: what does not fit is rounded for the view.
const COLUMNS: &str = "a.id, a.kind, a.currency, a.contract_id, a.party_id,
    coalesce(b.debits, 0)::text AS debits, coalesce(b.credits, 0)::text AS credits,
    coalesce(b.pending_debits, 0)::text AS pending_debits, coalesce(b.pending_credits, 0)::text AS pending_credits
  FROM ledger_account a
  LEFT JOIN ledger_balance b ON b.tenant_id = $1 AND b.account_id = a.id";

fn decimal(text: &str) -> Outcome<Decimal> {
    text.parse().map_err(|error| Failure::internal(format!("balance `{text}`: {error}")))
}

impl AccountModel {
    fn account(self) -> Outcome<Account> {
        let kind = AccountKind::from_name(&self.kind)
            .ok_or_else(|| Failure::internal(format!("account kind `{}`", self.kind)))?;
        let currency = Currency::parse(&self.currency).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Account {
            id: self.id.into(),
            key: AccountKey {
                kind,
                currency,
                contract_id: self.contract_id.map(ContractId::from),
                party_id: self.party_id.map(PartyId::from),
            },
            balance: Balance {
                debits: decimal(&self.debits)?,
                credits: decimal(&self.credits)?,
                pending_debits: decimal(&self.pending_debits)?,
                pending_credits: decimal(&self.pending_credits)?,
            },
        })
    }
}

/// The balance of an account; nothing when nothing was ever posted to it.
///
/// # Errors
/// Database failures.
pub async fn balance(tx: &TenantTx, key: &AccountKey) -> Outcome<Balance> {
    let row = AccountModel::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} WHERE a.tenant_id = $1 AND a.kind = $2 AND a.currency = $3
                AND a.contract_id IS NOT DISTINCT FROM $4 AND a.party_id IS NOT DISTINCT FROM $5"
        ),
        [
            tx.tenant_id().uuid().into(),
            key.kind.as_str().into(),
            key.currency.code().into(),
            key.contract_id.map(|id| id.uuid()).into(),
            key.party_id.map(|id| id.uuid()).into(),
        ],
    ))
    .one(tx)
    .await
    .or_fail()?;
    row.map_or_else(|| Ok(Balance::default()), |row| row.account().map(|account| account.balance))
}

/// All accounts that fit, with their balances, by id.
///
/// # Errors
/// Database failures.
pub async fn balances(tx: &TenantTx, filter: &AccountFilter) -> Outcome<Vec<Account>> {
    let rows = AccountModel::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} WHERE a.tenant_id = $1
                AND ($2::text IS NULL OR a.kind = $2) AND ($3::uuid IS NULL OR a.party_id = $3)
                AND ($4::uuid IS NULL OR a.contract_id = $4)
              ORDER BY a.id"
        ),
        filter_values(tx, filter),
    ))
    .all(tx)
    .await
    .or_fail()?;
    rows.into_iter().map(AccountModel::account).collect()
}

fn filter_values(tx: &TenantTx, filter: &AccountFilter) -> [Value; 4] {
    [
        tx.tenant_id().uuid().into(),
        filter.kind.map(|kind| kind.as_str().to_owned()).into(),
        filter.party_id.map(|id| id.uuid()).into(),
        filter.contract_id.map(|id| id.uuid()).into(),
    ]
}

/// Lists accounts, oldest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn accounts(
    ctx: &OpContext,
    core: &Core,
    filter: AccountFilter,
    page: PageRequest,
) -> Outcome<Page<Account>> {
    ctx.require(Permission::LedgerRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut values = filter_values(&tx, &filter).to_vec();
    values.extend(page_values(&page)?);
    values.push(scope(ctx));
    let order = if page.from_end { "DESC" } else { "ASC" };
    let rows = AccountModel::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} WHERE a.tenant_id = $1
                AND ($2::text IS NULL OR a.kind = $2) AND ($3::uuid IS NULL OR a.party_id = $3)
                AND ($4::uuid IS NULL OR a.contract_id = $4)
                AND ($5::uuid IS NULL OR a.id > $5) AND ($6::uuid IS NULL OR a.id < $6)
                AND ($8::uuid[] IS NULL OR a.party_id = ANY($8))
              ORDER BY a.id {order} LIMIT $7"
        ),
        values,
    ))
    .all(&tx)
    .await
    .or_fail()?;
    let rows = rows.into_iter().map(AccountModel::account).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// `after`, `before` and one row more than the page, for a list in the order of ids.
fn page_values(page: &PageRequest) -> Outcome<[Value; 3]> {
    let limit = i64::try_from(page.size).map_err(|_| Failure::internal("page size"))?.saturating_add(1);
    Ok([
        page.after.as_ref().map(|cursor| cursor.id).into(),
        page.before.as_ref().map(|cursor| cursor.id).into(),
        limit.into(),
    ])
}

fn scope(ctx: &OpContext) -> Value {
    ctx.party_scope.as_ref().map(|parties| parties.iter().map(|party| party.uuid()).collect::<Vec<_>>()).into()
}

/// Looks an account up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn account(ctx: &OpContext, core: &Core, id: AccountId) -> Outcome<Option<Account>> {
    Ok(accounts_of(ctx, core, &[id]).await?.pop())
}

/// Looks several accounts up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn accounts_of(ctx: &OpContext, core: &Core, ids: &[AccountId]) -> Outcome<Vec<Account>> {
    ctx.require(Permission::LedgerRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = AccountModel::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} WHERE a.tenant_id = $1 AND a.id = ANY($2)
                AND ($3::uuid[] IS NULL OR a.party_id = ANY($3))"
        ),
        [tx.tenant_id().uuid().into(), wanted.into(), scope(ctx)],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter().map(AccountModel::account).collect()
}

#[derive(FromQueryResult)]
struct TransferModel {
    id: Uuid,
    debit_account_id: Uuid,
    credit_account_id: Uuid,
    currency: String,
    amount: String,
    accounting_month: NaiveDate,
    source_kind: String,
    source_id: Uuid,
    purpose: String,
    phase: String,
    posted_at: DateTime<Utc>,
}

/// The transfers of an account, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures. An account of somebody else has no transfers.
pub async fn transfers(
    ctx: &OpContext,
    core: &Core,
    account: AccountId,
    page: PageRequest,
) -> Outcome<Page<TransferRow>> {
    ctx.require(Permission::LedgerRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut values = vec![tx.tenant_id().uuid().into(), account.uuid().into()];
    values.extend(page_values(&page)?);
    values.push(scope(ctx));
    let order = if page.from_end { "ASC" } else { "DESC" };
    // One index each for the debit and the credit side; the union keeps both in order.
    let side = |column: &str| {
        format!(
            "(SELECT * FROM ledger_transfer t
               WHERE t.tenant_id = $1 AND t.{column} = $2
                 AND ($3::uuid IS NULL OR t.id < $3) AND ($4::uuid IS NULL OR t.id > $4)
                 AND ($6::uuid[] IS NULL OR EXISTS (
                     SELECT 1 FROM ledger_account a WHERE a.tenant_id = $1 AND a.id = $2 AND a.party_id = ANY($6)))
               ORDER BY t.id {order} LIMIT $5)"
        )
    };
    let rows = TransferModel::find_by_statement(sql(
        format!(
            "SELECT id, debit_account_id, credit_account_id, currency, trim_scale(amount)::text AS amount,
                    accounting_month, source_kind, source_id, purpose, phase, posted_at
               FROM ({} UNION ALL {}) AS t ORDER BY id {order} LIMIT $5",
            side("debit_account_id"),
            side("credit_account_id")
        ),
        values,
    ))
    .all(&tx)
    .await
    .or_fail()?;
    let rows = rows.into_iter().map(TransferModel::transfer).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

impl TransferModel {
    fn transfer(self) -> Outcome<TransferRow> {
        Ok(TransferRow {
            id: self.id.into(),
            debit: self.debit_account_id.into(),
            credit: self.credit_account_id.into(),
            currency: Currency::parse(&self.currency).map_err(|error| Failure::internal(error.to_string()))?,
            amount: self.amount,
            month: Month::of(self.accounting_month),
            source_kind: self.source_kind,
            source_id: self.source_id,
            purpose: self.purpose,
            phase: self.phase,
            posted_at: self.posted_at,
        })
    }
}
