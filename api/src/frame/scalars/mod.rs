//! Values: each a string in JSON, validated and normalised on the way in.

mod codes;
mod money;
mod number;
mod time;

pub use async_graphql::Json;
pub use codes::{CurrencyCode, Ipi, Isni, Isrc, Iswc, TerritoryCode, Upc};
pub use money::{Earning, Money};
pub use number::{BigInt, Decimal};
pub use time::{Date, DateTime, Month};

/// Declares a scalar around a value that is read from, and printed as, a string.
macro_rules! text_scalar {
    ($(#[$doc:meta])* $name:ident($inner:ty), $parse:expr, $print:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        $(#[$doc])*
        #[async_graphql::Scalar]
        impl async_graphql::ScalarType for $name {
            fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
                let async_graphql::Value::String(text) = &value else {
                    return Err(async_graphql::InputValueError::expected_type(value));
                };
                let parse: fn(&str) -> Result<$inner, String> = $parse;
                parse(text).map(Self).map_err(async_graphql::InputValueError::custom)
            }

            fn to_value(&self) -> async_graphql::Value {
                let print: fn(&$inner) -> String = $print;
                async_graphql::Value::String(print(&self.0))
            }
        }
    };
}
use text_scalar;

#[cfg(test)]
mod tests;
