//! Sums that lose no digit, whatever the scales and the number of rows.

use std::fmt;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::amount::Exact;

/// An exact sum of [`Exact`] numbers.
///
/// Numbers of one scale share an `i128` lane, which is what nearly every row needs; a lane that would overflow is
/// emptied into a number of unlimited size. Adding is associative and commutative: the order of rows and the places
/// where a file is cut into batches never show.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    lanes: Vec<i128>,
    spill: BigDecimal,
}

impl ExactSum {
    /// Adds one number.
    pub fn add(&mut self, number: Exact) {
        let index = number.scale as usize;
        if index >= self.lanes.len() {
            self.lanes.resize(index + 1, 0);
        }
        if let Some(lane) = self.lanes.get_mut(index) {
            if let Some(sum) = lane.checked_add(number.mantissa) {
                *lane = sum;
            } else {
                self.spill += big(*lane, index);
                *lane = number.mantissa;
            }
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        for (index, lane) in other.lanes.iter().enumerate() {
            // The index was a `u32` when the lane was made.
            self.add(Exact { mantissa: *lane, scale: u32::try_from(index).unwrap_or(u32::MAX) });
        }
        self.spill += &other.spill;
    }

    /// The sum, with as many decimals as the finest number added.
    #[must_use]
    pub fn total(&self) -> BigDecimal {
        let sum = self.lanes.iter().enumerate().fold(self.spill.clone(), |sum, (index, lane)| sum + big(*lane, index));
        let scale = i64::try_from(self.lanes.len().saturating_sub(1)).unwrap_or_default();
        if sum.fractional_digit_count() < scale { sum.with_scale(scale) } else { sum }
    }

    /// Whether it equals a number as a report states it, trailing zeros or not.
    #[must_use]
    pub fn equals(&self, number: Exact) -> bool {
        self.total() == big(number.mantissa, number.scale as usize)
    }

    /// `self - other`, exactly.
    #[must_use]
    pub fn minus(&self, other: &Self) -> BigDecimal {
        self.total() - other.total()
    }
}

fn big(mantissa: i128, scale: usize) -> BigDecimal {
    BigDecimal::new(BigInt::from(mantissa), i64::try_from(scale).unwrap_or(i64::MAX))
}

impl fmt::Display for ExactSum {
    /// Plain notation, every decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.total().to_plain_string())
    }
}

impl serde::Serialize for ExactSum {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::value::NumberFormat;

    fn sum(texts: &[&str]) -> ExactSum {
        let mut sum = ExactSum::default();
        for text in texts {
            sum.add(NumberFormat::default().parse(text).unwrap());
        }
        sum
    }

    #[test]
    fn keeps_every_decimal() {
        assert_eq!(sum(&["0.1", "0.2", "-0.3"]).to_string(), "0.0");
        assert_eq!(sum(&["1.50", "1.5"]).to_string(), "3.00");
        assert_eq!(
            sum(&["0.0002503585965471062832417870324", "23.2", "-0.0000000000000000000000000000000001"]).to_string(),
            "23.2002503585965471062832417870323999"
        );
        assert_eq!(ExactSum::default().to_string(), "0");
    }

    #[test]
    fn a_lane_that_overflows_spills() {
        let huge = "99999999999999999999999999999999999999";
        assert_eq!(sum(&[huge; 5]).to_string(), "499999999999999999999999999999999999995");
        assert_eq!(sum(&[huge, huge, huge, "-1"]).to_string(), "299999999999999999999999999999999999996");
    }

    #[test]
    fn sums_merge_and_compare() {
        let (mut a, b) = (sum(&["1.25", "2"]), sum(&["0.125"]));
        a.merge(&b);
        assert_eq!(a.to_string(), "3.375");
        assert!(a.equals(NumberFormat::default().parse("3.37500").unwrap()));
        assert_eq!(a.minus(&b).to_plain_string(), "3.250");
    }
}
