//! Contracts to the database, many at once.

use std::collections::HashMap;

use entity::{advance, contract};
use kernel::failure::Outcome;
use kernel::ids::{AdvanceId, ContractId};
use platform::db::{OrFail, TenantTx};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::{Stated, Tally};
use crate::rights::store::{self, CHUNK};
use crate::rights::{AdvancePosting, Contract, ContractStatus, VersionFacts, VersionRow, insert_advances};

/// Writes what is new or says something else than before.
pub(super) async fn contracts(tx: &TenantTx, sound: Vec<(Stated, VersionFacts)>, tally: &mut Tally) -> Outcome<()> {
    let mut stored = stored(tx, &sound).await?;
    let ids: Vec<Uuid> = stored.values().map(|row| row.id).collect();
    let mut versions: HashMap<ContractId, Vec<VersionRow>> = HashMap::new();
    for row in store::versions(tx, &ids, false).await? {
        versions.entry(row.contract_id).or_default().push(row);
    }
    let paid = paid(tx, &ids).await?;
    let (mut rows, mut replaced, mut recorded, mut advances) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (mut stated, facts) in sound {
        let known = stored.remove(&stated.number);
        let new_advances = check(&mut stated, known.as_ref(), &paid);
        let Some(header) = stated.header.as_ref().filter(|_| stated.refusals.is_empty()) else {
            tally.refusals.extend(stated.refused());
            continue;
        };
        let mut row = known.clone().unwrap_or_else(|| contract::Model {
            tenant_id: tx.tenant_id().uuid(),
            id: ContractId::new().uuid(),
            organisation_id: None,
            party_id: header.party,
            number: stated.number.clone(),
            name: String::new(),
            kind: String::new(),
            currency: header.currency.code().to_owned(),
            calendar: String::new(),
            fx_rule: "MONTH_END".to_owned(),
            status: String::new(),
            version: 0,
            created_at: tx.now(),
        });
        row.organisation_id = header.organisation.or(row.organisation_id);
        row.party_id = header.party;
        row.name.clone_from(&header.name);
        row.kind = header.kind.as_str().to_owned();
        if let Some(calendar) = header.calendar.or((row.version == 0).then_some(header.default_calendar)) {
            row.calendar = calendar.as_str().to_owned();
        }
        // A contract that is taken is complete, so it is in force; one that was ended stays ended.
        if row.status != ContractStatus::Terminated.as_str() {
            row.status = ContractStatus::Active.as_str().to_owned();
        }
        let id = ContractId::from(row.id);
        let history = versions.remove(&id).unwrap_or_default();
        let holding: Vec<VersionRow> = history.iter().filter(|row| row.superseded_at.is_none()).cloned().collect();
        let says = match holding.as_slice() {
            [one] => one.facts.fingerprint()? == facts.fingerprint()?,
            _ => false,
        };
        if !says {
            let last = history.iter().map(|row| row.version_no).max().unwrap_or(0);
            let who = tx.actor().label();
            let (ended, new) = store::replacement(&holding, last, id, facts, (tx.now(), &who));
            replaced.extend(ended);
            recorded.extend(new);
        }
        let changed = !says || known.as_ref() != Some(&row) || !new_advances.is_empty();
        match known {
            None => tally.created += 1,
            Some(_) => tally.met(changed),
        }
        advances.extend(new_advances.into_iter().map(|mut advance| {
            advance.contract_id = id;
            advance
        }));
        if changed {
            row.version += 1;
            rows.push(row);
        }
    }
    write(tx, &rows).await?;
    for chunk in replaced.chunks(10_000) {
        store::supersede(tx, chunk).await?;
    }
    store::insert_versions(tx, &recorded).await?;
    insert_advances(tx, &advances).await
}

async fn stored(tx: &TenantTx, sound: &[(Stated, VersionFacts)]) -> Outcome<HashMap<String, contract::Model>> {
    let mut found = HashMap::new();
    for chunk in sound.chunks(10_000) {
        let rows = contract::Entity::find()
            .filter(contract::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(contract::Column::Number.is_in(chunk.iter().map(|(stated, _)| stated.number.clone())))
            .all(tx)
            .await
            .or_fail()?;
        for row in rows {
            // Read through the domain type once: a row that cannot be read is told now, not in a run.
            Contract::try_from(row.clone())?;
            found.insert(row.number.clone(), row);
        }
    }
    Ok(found)
}

type Paid = HashMap<(Uuid, String), advance::Model>;

async fn paid(tx: &TenantTx, contracts: &[Uuid]) -> Outcome<Paid> {
    let mut found = HashMap::new();
    for chunk in contracts.chunks(10_000) {
        let rows = advance::Entity::find()
            .filter(advance::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(advance::Column::ContractId.is_in(chunk.iter().copied()))
            .all(tx)
            .await
            .or_fail()?;
        found.extend(rows.into_iter().map(|row| ((row.contract_id, row.reference.clone()), row)));
    }
    Ok(found)
}

/// What never changes: the currency of a contract, and an advance once it was paid. Returns the new advances.
fn check(stated: &mut Stated, known: Option<&contract::Model>, paid: &Paid) -> Vec<AdvancePosting> {
    let mut refused = Vec::new();
    if let (Some(known), Some(header)) = (known, &stated.header)
        && known.currency != header.currency.code()
    {
        let message = format!("The contract is in {}; the currency of a contract never changes.", known.currency);
        refused.push((stated.first_line(), "currency", "UNKNOWN_VALUE", message));
    }
    let mut new = Vec::new();
    for fact in &stated.advances {
        let before = known.and_then(|known| paid.get(&(known.id, fact.reference.clone())));
        match before {
            None => new.push(AdvancePosting {
                id: AdvanceId::new(),
                contract_id: ContractId::from(Uuid::nil()),
                reference: fact.reference.clone(),
                description: fact.description.clone(),
                amount: fact.amount,
                paid_on: fact.paid_on,
                instalment: None,
                priority: 0,
            }),
            Some(before) if before.amount == fact.amount.amount && before.paid_on == fact.paid_on => {}
            Some(before) => {
                let message = format!(
                    "`{}` was recorded with {} {} on {}; what was paid never changes.",
                    fact.reference,
                    before.amount.normalize(),
                    before.currency,
                    before.paid_on
                );
                refused.push((fact.line, "reference", "DUPLICATE_KEY", message));
            }
        }
    }
    for (line, column, code, message) in refused {
        stated.refuse(line, Some(column), code, message);
    }
    new
}

async fn write(tx: &TenantTx, rows: &[contract::Model]) -> Outcome<()> {
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([contract::Column::TenantId, contract::Column::Number])
            .update_columns([
                contract::Column::OrganisationId,
                contract::Column::PartyId,
                contract::Column::Name,
                contract::Column::Kind,
                contract::Column::Calendar,
                contract::Column::Status,
                contract::Column::Version,
            ])
            .to_owned();
        let chunk: Vec<contract::ActiveModel> =
            chunk.iter().cloned().map(|row| row.into_active_model().reset_all()).collect();
        contract::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}
