//! IF the match fits THEN this model. `match_key` is the canonical text of the match, so that two
//! terms that match the same lines at the same priority on the same day cannot both exist.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "term")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub contract_version_id: Uuid,
    pub name: String,
    pub priority: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub r#match: Json,
    pub match_key: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub model: Json,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
