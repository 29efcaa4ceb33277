//! What banks, tax offices and chains are sent, and what they send back. Pure: no clock, no network, no keys.
//!
//! Writers take everything that stands in a file, dates and ids included, so that a file can be made again byte by
//! byte. They refuse by field and then write nothing. Readers stream: memory does not grow with a file. What a reader
//! does not know it keeps and says so.

pub mod account;
pub mod ach;
pub mod bank;
pub mod chain;
pub mod check;
pub mod inspect;
pub mod iso20022;
pub mod manifest;
pub mod paper;
pub mod problem;
pub mod sanctions;
pub mod statement;
pub mod tax;
pub mod text;
mod xml;
