//! The sums of a run that was computed again, compared with what is stored.

use std::collections::BTreeMap;

use engine::CompiledRules;
use engine::model::OpeningState;
use entity::{run_account, run_total};
use kernel::failure::{Failure, Outcome};
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::replay::{Difference, Replay, Sums};

/// The first of counts, digest, totals and accounts that is not the same.
pub(super) async fn first_difference(
    tx: &TenantTx,
    replay: &Replay,
    rules: &CompiledRules,
    opening: &OpeningState,
    computed: &Sums,
) -> Outcome<Option<Difference>> {
    let run = &replay.run;
    let counts = [
        ("number of revenue lines", run.line_count.unsigned_abs(), replay.lines),
        ("number of royalty lines", run.royalty_line_count.unsigned_abs(), replay.royalty_lines),
        ("number of waiting lines", run.suspense_count.unsigned_abs(), computed.suspended),
    ];
    for (what, stored, computed) in counts {
        if stored != computed {
            return Ok(Some(Difference::new(what, stored, computed)));
        }
    }
    let digest = computed.digest.finish();
    if run.outcome_digest.as_deref() != Some(digest.as_slice()) {
        let stored = run.outcome_digest.as_deref().map(hex::encode).unwrap_or_default();
        return Ok(Some(Difference::new("digest of the outcome", stored, hex::encode(digest))));
    }
    if let Some(found) = beyond(tx, replay).await? {
        return Ok(Some(found));
    }
    if let Some(found) = totals(tx, replay, computed).await? {
        return Ok(Some(found));
    }
    accounts(tx, replay, rules, opening, computed).await
}

/// Rows that are stored behind the last one that was computed.
async fn beyond(tx: &TenantTx, replay: &Replay) -> Outcome<Option<Difference>> {
    let last = i64::try_from(replay.royalty_lines).map_err(|_| Failure::internal("a line number"))?;
    let row = tx
        .query_one_raw(sql(
            "SELECT line_no FROM royalty_line
              WHERE tenant_id = $1 AND accounting_month = $2 AND run_id = $3 AND line_no > $4 LIMIT 1",
            [
                tx.tenant_id().uuid().into(),
                replay.run.month.first_day().into(),
                replay.run.id.uuid().into(),
                last.into(),
            ],
        ))
        .await
        .or_fail()?;
    let line_no = row.map(|row| row.try_get::<i64>("", "line_no")).transpose().or_fail()?;
    Ok(line_no.map(|line_no| Difference::new(format!("royalty line {line_no}"), "there", "missing")))
}

async fn totals(tx: &TenantTx, replay: &Replay, computed: &Sums) -> Outcome<Option<Difference>> {
    let rows = run_total::Entity::find()
        .filter(run_total::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(run_total::Column::RunId.eq(replay.run.id.uuid()))
        .order_by_asc(run_total::Column::Currency)
        .all(tx)
        .await
        .or_fail()?;
    let plain = |amount: Decimal| kernel::decimal::plain(amount.normalize());
    let stored: BTreeMap<String, [String; 5]> = rows
        .into_iter()
        .map(|row| (row.currency, [row.lines, row.payees, row.margin, row.charges, row.suspense].map(plain)))
        .collect();
    let mut again = BTreeMap::new();
    for (currency, total) in &computed.totals.currencies {
        let amounts = [total.lines, total.payees, total.margin, total.charges, total.suspense];
        let mut texts: [String; 5] = Default::default();
        for (text, amount) in texts.iter_mut().zip(amounts) {
            let amount = amount.to_decimal().ok_or_else(|| Failure::internal("a total of more than 28 digits"))?;
            *text = plain(amount);
        }
        again.insert(currency.code().to_owned(), texts);
    }
    Ok(first(&stored, &again, |currency| format!("total in {currency}")))
}

async fn accounts(
    tx: &TenantTx,
    replay: &Replay,
    rules: &CompiledRules,
    opening: &OpeningState,
    computed: &Sums,
) -> Outcome<Option<Difference>> {
    let closing = rules
        .close_period(&computed.summary, opening)
        .map_err(|error| Failure::refused("RULES_INVALID", error.to_string()))?;
    let rows = run_account::Entity::find()
        .filter(run_account::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(run_account::Column::RunId.eq(replay.run.id.uuid()))
        .all(tx)
        .await
        .or_fail()?;
    let plain = |amount: Decimal| kernel::decimal::plain(amount.normalize());
    let stored: BTreeMap<_, _> = rows
        .into_iter()
        .map(|row| {
            let amounts = [
                row.earned,
                row.opening_carry,
                row.posted,
                row.closing_carry,
                row.recouped,
                row.payable,
                row.transferred,
                row.adjusted,
                row.deducted,
                row.reserve_taken,
                row.reserve_consumed,
                row.reserve_released,
                row.crossed,
                row.guaranteed,
                row.directed_out,
                row.directed_in,
                row.held,
                row.unheld,
            ];
            ((row.contract_id, row.party_id), amounts.map(plain))
        })
        .collect();
    let mut again = BTreeMap::new();
    for contract in &closing.contracts {
        for one in &contract.accounts {
            let key = (contract.contract_id.uuid(), one.party_id.uuid());
            let amounts = [
                one.earned,
                one.opening_carry,
                one.posted,
                one.closing_carry,
                one.recouped,
                one.payable,
                one.transferred,
                one.adjusted,
                one.deducted,
                one.reserve_taken,
                one.reserve_consumed,
                one.reserve_released,
                one.crossed,
                one.guaranteed,
                one.directed_out,
                one.directed_in,
                one.held,
                one.unheld,
            ];
            // Accounts that neither earned nor recouped anything are not stored.
            if stored.contains_key(&key) || !one.earned.is_zero() || !one.recouped.is_zero() {
                again.insert(key, amounts.map(plain));
            }
        }
    }
    Ok(first(&stored, &again, |(contract, party)| {
        let (contract, party) = (kernel::ids::ContractId(*contract), kernel::ids::PartyId(*party));
        format!("account of {party} under {contract}")
    }))
}

/// The first entry that is not in both, or not the same in both.
fn first<K: Ord, const N: usize>(
    stored: &BTreeMap<K, [String; N]>,
    computed: &BTreeMap<K, [String; N]>,
    what: impl Fn(&K) -> String,
) -> Option<Difference> {
    let show = |amounts: Option<&[String; N]>| amounts.map_or_else(|| "missing".to_owned(), |one| one.join(" "));
    stored
        .keys()
        .chain(computed.keys())
        .find(|key| stored.get(key) != computed.get(key))
        .map(|key| Difference::new(what(key), show(stored.get(key)), show(computed.get(key))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_with_both_sides() {
        let map = |rows: &[(i32, &str)]| {
            rows.iter().map(|(key, text)| (*key, [(*text).to_owned()])).collect::<BTreeMap<_, _>>()
        };
        let what = |key: &i32| format!("row {key}");
        assert_eq!(first(&map(&[(1, "a")]), &map(&[(1, "a")]), what), None);
        let changed = first(&map(&[(1, "a"), (2, "b")]), &map(&[(1, "a"), (2, "c")]), what);
        assert_eq!(changed, Some(Difference::new("row 2", "b", "c")));
        let added = first(&map(&[(1, "a")]), &map(&[(1, "a"), (3, "c")]), what);
        assert_eq!(added, Some(Difference::new("row 3", "missing", "c")));
    }
}
