//! Shared rules in the database.

use std::collections::BTreeMap;

use engine::model::Rules;
use entity::{contract_conditions, rule_document};
use kernel::failure::{Failure, Outcome};
use kernel::ids::ContractId;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::conditions::Conditions;
use super::model::{RuleDocument, RuleDocumentKind, RuleDocumentRow};

impl TryFrom<rule_document::Model> for RuleDocumentRow {
    type Error = Failure;

    fn try_from(row: rule_document::Model) -> Outcome<Self> {
        let kind = RuleDocumentKind::from_name(&row.kind)
            .ok_or_else(|| Failure::internal(format!("a rule of the kind `{}`", row.kind)))?;
        Ok(Self {
            id: row.id,
            version_no: row.version_no,
            recorded_at: row.recorded_at,
            recorded_by: row.recorded_by,
            superseded_at: row.superseded_at,
            document: RuleDocument::read(kind, &row.name, row.document)?,
        })
    }
}

/// The shared rules that hold, by kind and name.
pub(in crate::rights) async fn holding(tx: &TenantTx) -> Outcome<Vec<RuleDocument>> {
    let rows = rule_document::Entity::find()
        .filter(rule_document::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(rule_document::Column::SupersededAt.is_null())
        .order_by_asc(rule_document::Column::Kind)
        .order_by_asc(rule_document::Column::Name)
        .all(tx)
        .await
        .or_fail()?;
    rows.into_iter().map(|row| Ok(RuleDocumentRow::try_from(row)?.document)).collect()
}

/// The conditions of contracts that hold.
pub(in crate::rights) async fn holding_conditions(tx: &TenantTx) -> Outcome<BTreeMap<ContractId, Conditions>> {
    let rows = contract_conditions::Entity::find()
        .filter(contract_conditions::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(contract_conditions::Column::SupersededAt.is_null())
        .all(tx)
        .await
        .or_fail()?;
    rows.into_iter().map(|row| Ok((row.contract_id.into(), Conditions::read(row.id, row.document)?))).collect()
}

/// Puts shared rules into a rule set, in their fixed order. Crossed contracts that the rules do not have (drafts) are
/// left out.
pub(in crate::rights) fn apply(rules: &mut Rules, documents: Vec<RuleDocument>) {
    for document in documents {
        document.put(rules);
    }
    let known: Vec<ContractId> = rules.contracts.iter().map(|contract| contract.id).collect();
    for group in &mut rules.cross_groups {
        group.members.retain(|member| known.contains(&member.contract_id));
    }
}
