//! Lines of one report with the same unmatched key, together. The lines stay in revenue_line.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "suspense_group")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub report_id: Uuid,
    pub source: String,
    pub source_key: String,
    pub reason: String,
    pub title: Option<String>,
    pub artist: Option<String>,
    pub currency: String,
    pub amount: Decimal,
    pub row_count: i64,
    pub unit_count: i64,
    pub state: String,
    pub item_kind: Option<i16>,
    pub item_id: Option<Uuid>,
    pub resolved_by: Option<String>,
    pub resolved_at: Option<DateTimeUtc>,
    pub calculated_run_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
