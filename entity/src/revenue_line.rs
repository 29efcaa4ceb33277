//! One row of a provider's report. Append-only, in reading order; the raw row stays in the stored
//! file.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revenue_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub accounting_month: Date,
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    pub platform: String,
    pub revenue_type: i16,
    pub item_kind: Option<i16>,
    pub item_id: Option<Uuid>,
    pub suspense_id: Option<Uuid>,
    pub source_key: String,
    pub sale_from: Date,
    pub sale_to: Date,
    pub territory: String,
    pub currency: String,
    pub amount: Decimal,
    pub gross: Option<Decimal>,
    pub units: i64,
    pub configuration: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
