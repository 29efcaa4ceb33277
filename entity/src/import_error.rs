//! Rows of a bulk import that were refused, with the place and the reason. Line 1 is the header.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_error")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_no: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    pub column_name: Option<String>,
    pub code: String,
    pub message: String,
    pub raw: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
