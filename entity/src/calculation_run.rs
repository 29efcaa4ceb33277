//! One row of `calculation_run`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calculation_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operation_id: Uuid,
    pub accounting_month: Date,
    pub mode: String,
    pub state: String,
    pub input_digest: Option<Vec<u8>>,
    pub outcome_digest: Option<Vec<u8>>,
    pub line_count: i64,
    pub royalty_line_count: i64,
    pub suspense_count: i64,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    pub version: i32,
    pub created_by: Uuid,
    pub created_at: DateTimeUtc,
    pub calculated_at: Option<DateTimeUtc>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTimeUtc>,
    pub finalised_at: Option<DateTimeUtc>,
    pub replaces_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
