//! One row of `payment_batch`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operation_id: Option<Uuid>,
    pub accounting_month: Date,
    pub method: String,
    pub state: String,
    pub content_hash: Vec<u8>,
    pub payment_count: i32,
    pub version: i32,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub approved_by: Option<Uuid>,
    pub approved_hash: Option<Vec<u8>>,
    pub approved_at: Option<DateTimeUtc>,
    pub executed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
