//! One payee's part of one revenue line. The indices point into the run's recorded rules and rates:
//! they are the derivation.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "royalty_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub accounting_month: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    pub party_id: Uuid,
    pub contract_id: Uuid,
    pub revenue_month: Date,
    pub report_id: Uuid,
    pub report_line_no: i64,
    pub contract_ix: i32,
    pub version_ix: i32,
    pub participation_ix: i32,
    pub term_ix: i32,
    pub runner_up_ix: Option<i32>,
    pub split_ix: i32,
    pub rate_ix: Option<i32>,
    pub part: i16,
    pub units: i64,
    pub source_amount: Decimal,
    pub source_currency: String,
    pub amount: Decimal,
    pub currency: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
