//! Controlled compositions: a part of the statutory rate per unit, capped per release.

use kernel::codes::SuspenseReason;
use rust_decimal::Decimal;

use super::{Evaluated, Job, out_of_range};
use crate::compile::{CompiledRelease, Factor, Statutory};
use crate::compute::chain::Chain;
use crate::compute::order::Places;
use crate::compute::royalty::Amount;
use crate::compute::trace::{Trace, money, named, number};
use crate::explain::{InputName, StepCode};
use crate::model::StatutoryRate;

impl Job<'_> {
    pub(super) fn statutory(
        &self,
        statutory: &Statutory,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Evaluated, SuspenseReason> {
        let line = &self.piece.line;
        let day = statutory.rate_date.unwrap_or(line.sale_date);
        let rate = self.rules.tables.statutory(&statutory.table, day).ok_or(SuspenseReason::MissingStatutoryRate)?;
        let of = |seconds: Option<u32>| rate_for(rate, if statutory.minimum_only { None } else { seconds });
        let full = of(line.details.duration_seconds);
        // Every copy carries the whole track: units are not shared over tracks.
        let units = self.whole_bearing(trace)?;
        let mut chain = self.taking_part(Chain::from(units))?;
        chain = chain.times(full).and_then(|chain| chain.times(statutory.ratio)).map_err(out_of_range)?;
        trace.step(StepCode::Statutory, || {
            let inputs = vec![
                named(InputName::Name, statutory.table.clone()),
                number(InputName::Units, units.exact()),
                money(InputName::PerUnit, full.exact(), rate.currency),
                number(InputName::Factor, statutory.ratio.exact()),
            ];
            (inputs, chain.exact().map(|exact| (exact, Some(rate.currency))))
        });
        if let Some(cap) = statutory.cap_tracks {
            let minimum = Factor::of(rate.minimum);
            if let Some((numerator, denominator)) = self.release_cap(statutory, minimum, cap, &of)? {
                chain = chain.scaled(numerator, denominator).map_err(out_of_range)?;
                trace.step(StepCode::Statutory, || {
                    let inputs = vec![
                        named(InputName::Name, "cap of the release"),
                        number(InputName::Factor, exact(numerator)),
                        number(InputName::Divide, exact(denominator)),
                    ];
                    (inputs, None)
                });
            }
        }
        let chain = self.reduced(chain, rate.currency, trace)?;
        let amount = self.round(chain, rate.currency, trace)?;
        self.without_base(amount, rate.currency, places, trace)
    }

    /// The units of the whole line that bear royalty.
    fn whole_bearing(&self, trace: &mut Trace) -> Result<Amount, SuspenseReason> {
        if self.piece.track.is_none() {
            return self.bearing(trace);
        }
        let mut whole = *self.piece;
        whole.units = Amount::of_units(whole.line.units);
        whole.free = Amount { negative: false, ..Amount::of_units(whole.line.details.free_units) };
        Job { piece: &whole, ..*self }.bearing(trace)
    }

    /// By which fraction the cap of the release cuts every controlled track; none: it does not.
    ///
    /// The cap is `tracks × ratio × minimum`. Tracks that are not controlled cost the full rate first; controlled ones
    /// share what is left in proportion to `ratio × rate`.
    fn release_cap(
        &self,
        statutory: &Statutory,
        minimum: Factor,
        cap_tracks: u16,
        of: &impl Fn(Option<u32>) -> Factor,
    ) -> Result<Option<(u128, u128)>, SuspenseReason> {
        // Everything at 12 + 12 places, so that whole numbers compare.
        let scaled = |factor: Factor, ratio: Factor| {
            let up =
                |one: Factor| one.value.checked_mul(crate::fixed::POW10[12usize.saturating_sub(one.scale as usize)]);
            up(factor)?.checked_mul(up(ratio)?)
        };
        let wide = |value: Option<u128>| value.ok_or(SuspenseReason::OutOfRange);
        let per_track = wide(scaled(minimum, statutory.ratio))?;
        let cap = wide(per_track.checked_mul(u128::from(cap_tracks)))?;
        let line = &self.piece.line;
        let release: Option<&CompiledRelease> = self.rules.tables.releases.of(self.rules.tables.releases.home(line));
        let (mut controlled, mut others) = (0u128, 0u128);
        if let Some(release) = release {
            for track in &release.tracks {
                let rate = of(track.duration_seconds);
                if track.controlled {
                    controlled = wide(scaled(rate, statutory.ratio).and_then(|one| controlled.checked_add(one)))?;
                } else {
                    others = wide(scaled(rate, Factor::ONE).and_then(|one| others.checked_add(one)))?;
                }
            }
        } else {
            let tracks = line.details.track_count.ok_or(SuspenseReason::MissingInput)?;
            controlled = wide(per_track.checked_mul(u128::from(tracks)))?;
        }
        let pool = cap.saturating_sub(others);
        Ok((controlled > pool).then(|| {
            let shared = gcd(pool, controlled);
            (pool / shared, controlled / shared)
        }))
    }
}

/// The rate per unit of a recording of so many seconds.
fn rate_for(rate: &StatutoryRate, seconds: Option<u32>) -> Factor {
    let minutes = seconds.map_or(0, |seconds| seconds.div_ceil(60));
    let long = seconds.is_some_and(|seconds| seconds > u32::from(rate.long_after_minutes) * 60);
    let by_minute = rate.per_minute.filter(|_| long).and_then(|one| one.checked_mul(Decimal::from(minutes)));
    Factor::of(by_minute.map_or(rate.minimum, |by_minute| by_minute.max(rate.minimum)))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn exact(value: u128) -> crate::fixed::Exact {
    crate::fixed::Exact::new(false, crate::fixed::Product::Narrow(value), 0)
}
