//! One row of `revenue_report`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revenue_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operation_id: Uuid,
    pub upload_id: Uuid,
    pub file_name: String,
    pub object_key: String,
    pub content_hash: Vec<u8>,
    pub byte_size: i64,
    pub layout: Option<String>,
    pub layout_version: Option<i32>,
    pub platform: Option<String>,
    pub state: String,
    pub accounting_month: Date,
    pub sale_from: Option<Date>,
    pub sale_to: Option<Date>,
    pub row_count: i64,
    pub posted_count: i64,
    pub suspense_count: i64,
    pub skipped_count: i64,
    pub error_count: i64,
    pub unit_count: i64,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    pub calculated_run_id: Option<Uuid>,
    pub version: i32,
    pub received_by: String,
    pub received_at: DateTimeUtc,
    pub imported_at: Option<DateTimeUtc>,
    pub file_removed_at: Option<DateTimeUtc>,
    pub source_id: Option<Uuid>,
    pub kind: String,
    pub of_report_id: Option<Uuid>,
    pub decision: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTimeUtc>,
    pub excluded_count: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
