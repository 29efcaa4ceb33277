//! One row of `payment`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub batch_id: Uuid,
    pub party_id: Uuid,
    pub currency: String,
    pub amount: Decimal,
    pub method: String,
    pub state: String,
    pub failure_code: Option<String>,
    pub stated_in: Option<Uuid>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub settled_at: Option<DateTimeUtc>,
    pub paid_currency: Option<String>,
    pub paid_amount: Option<Decimal>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub conversion: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
