//! Which share of an item's revenue enters the contract. No item and no group: the whole catalogue.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "participation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contract_version_id: Uuid,
    pub recording_id: Option<Uuid>,
    pub work_id: Option<Uuid>,
    pub release_id: Option<Uuid>,
    pub group_id: Option<Uuid>,
    pub kind: String,
    pub ratio: Decimal,
    #[sea_orm(column_type = "JsonBinary")]
    pub territories: Json,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
