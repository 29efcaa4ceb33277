//! Adapters to the outside: they implement the ports of `domain`.

pub mod ecb;
