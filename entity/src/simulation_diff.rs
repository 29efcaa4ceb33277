//! One difference that a simulation found.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "simulation_diff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub simulation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub contract_id: Option<Uuid>,
    pub party_id: Option<Uuid>,
    pub item_kind: Option<i16>,
    pub item_id: Option<Uuid>,
    pub part: Option<String>,
    pub report_id: Option<Uuid>,
    pub report_line_no: Option<i64>,
    pub currency: String,
    pub before: Decimal,
    pub after: Decimal,
    pub recouped_before: Option<Decimal>,
    pub recouped_after: Option<Decimal>,
    pub payable_before: Option<Decimal>,
    pub payable_after: Option<Decimal>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
