//! What somebody should look at in a run.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "run_exception")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub run_id: Uuid,
    pub code: String,
    pub severity: String,
    pub is_blocking: bool,
    pub contract_id: Option<Uuid>,
    pub party_id: Option<Uuid>,
    pub currency: Option<String>,
    pub row_count: Option<i64>,
    pub amount: Option<Decimal>,
    pub message: String,
    pub state: String,
    pub assigned_to: Option<Uuid>,
    pub note: Option<String>,
    pub resolved_by: Option<String>,
    pub resolved_at: Option<DateTimeUtc>,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
