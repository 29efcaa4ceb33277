//! One row of `statement`.
#![allow(missing_docs, reason = "the columns are documented in migration/sql")]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "statement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub batch_id: Uuid,
    pub number: String,
    pub party_id: Uuid,
    pub currency: String,
    pub period_from: Date,
    pub period_to: Date,
    pub state: String,
    pub previous_id: Option<Uuid>,
    pub previous_closing: Option<Decimal>,
    pub opening: Decimal,
    pub royalties: Decimal,
    pub costs: Decimal,
    pub reserves_released: Decimal,
    pub reserves_taken: Decimal,
    pub adjustments: Decimal,
    pub payments: Decimal,
    pub tax: Decimal,
    pub closing: Decimal,
    #[sea_orm(column_type = "JsonBinary")]
    pub document: Json,
    pub content_hash: Vec<u8>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub published_at: Option<DateTimeUtc>,
    pub organisation_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
