//! Rows that could not be read, kept verbatim with the place and the reason.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_error")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    pub field: Option<String>,
    pub column_no: Option<i32>,
    pub code: String,
    pub message: String,
    pub raw: String,
    pub column_name: Option<String>,
    pub found: Option<String>,
    pub proposal: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
