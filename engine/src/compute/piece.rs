//! What a line is computed from: the line itself, or its part for one track of a release.

use kernel::codes::SuspenseReason;
use kernel::decimal::OutOfRange;
use smallvec::SmallVec;

use super::rights::{Refusal, WHOLE};
use super::royalty::{Amount, signed};
use super::split::shares;
use crate::compile::{CompiledRules, Wanted};
use crate::model::Line;

/// A line, or a part of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// The line with the item that is computed and the signs of a return.
    pub line: Line,
    /// Net, less its part of whole-file taxes and fees.
    pub net: Amount,
    pub gross: Option<Amount>,
    pub source: Option<Amount>,
    /// Its part of the line's units.
    pub units: Amount,
    /// Its part of the units given away, without sign.
    pub free: Amount,
    /// What was taken off for whole-file taxes and fees.
    pub charge: Amount,
    /// Which track of the release it is: position, and those of the whole.
    pub track: Option<(u16, u16)>,
}

/// A participation with the piece it takes part in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub participation: u32,
    pub piece: u16,
}

/// What a line falls under.
pub(crate) struct Claims {
    pub pieces: SmallVec<[Piece; 1]>,
    pub claims: SmallVec<[Claim; 8]>,
    /// Ownership in units of 10⁻¹²; none when no participation is an ownership.
    pub owned: Option<u64>,
}

impl Piece {
    /// The whole of a line. `charge` is what whole-file taxes and fees take of it.
    pub fn whole(line: &Line, net: Amount, charge: Amount) -> Result<Self, OutOfRange> {
        let mut line = *line;
        let read = |value: Option<rust_decimal::Decimal>| value.map(Amount::read).transpose();
        let (mut gross, mut source) = (read(line.gross)?, read(line.details.source_amount)?);
        let mut net = net;
        if line.details.is_return {
            net = net.returned();
            gross = gross.map(Amount::returned);
            source = source.map(Amount::returned);
            line.units = line.units.checked_abs().ok_or(OutOfRange)?.checked_neg().ok_or(OutOfRange)?;
        }
        let free = Amount { negative: false, ..Amount::of_units(line.details.free_units) };
        let net = if charge.is_zero() { net } else { net.minus(charge)? };
        Ok(Self { line, net, gross, source, units: Amount::of_units(line.units), free, charge, track: None })
    }
}

impl CompiledRules {
    /// Whether the line is the sale of a release whose tracks share it.
    #[inline]
    pub(crate) fn is_shared(&self, line: &Line) -> bool {
        self.tables.releases.of(line.item).is_some()
    }

    /// The pieces of a line and the participations that take part in them.
    pub(crate) fn claims(&self, whole: Piece, wanted: &Wanted) -> Result<Claims, Refusal> {
        let mut pieces: SmallVec<[Piece; 1]> = SmallVec::new();
        pieces.push(whole);
        let Some(release) = self.tables.releases.of(whole.line.item) else {
            let rights = self.rights(&whole.line, wanted.territory)?;
            let claims = rights.participations.iter().map(|one| Claim { participation: *one, piece: 0 }).collect();
            return Ok(Claims { pieces, claims, owned: rights.owned });
        };
        let out_of_range = |_: OutOfRange| Refusal::new(SuspenseReason::OutOfRange, None);
        let direct = self.found(&whole.line, wanted.territory);
        let mut claims: SmallVec<[Claim; 8]> =
            direct.participations.iter().map(|one| Claim { participation: *one, piece: 0 }).collect();
        let contract = |participation: u32| self.participations[participation as usize].contract;
        let (mut lapsed, mut owned_by_tracks) = (direct.lapsed, false);
        let share = |amount: Amount| {
            let atto = amount.wide_atto()?;
            let weights = release.tracks.iter().map(|track| track.weight);
            let parts = shares(atto.unsigned_abs(), release.weights, weights)?;
            Ok::<SmallVec<[Amount; 8]>, OutOfRange>(
                parts.into_iter().map(|part| Amount::of_atto(signed(atto < 0, part))).collect(),
            )
        };
        let each = |amount: Option<Amount>| amount.map(share).transpose().map_err(out_of_range);
        let (net, gross, source) = (each(Some(whole.net))?, each(whole.gross)?, each(whole.source)?);
        let (units, free) = (each(Some(whole.units))?, each(Some(whole.free))?);
        let count = u16::try_from(release.tracks.len()).unwrap_or(u16::MAX);
        for (index, track) in (0u16..).zip(&release.tracks) {
            let mut line = whole.line;
            line.item = track.item;
            line.details.release = Some(release.item);
            line.details.duration_seconds = track.duration_seconds.or(line.details.duration_seconds);
            line.details.track_count = line.details.track_count.or(Some(count));
            let found = self.found(&line, wanted.territory);
            lapsed = lapsed.or(found.lapsed);
            let mine = found
                .participations
                .iter()
                .filter(|one| !direct.participations.iter().any(|direct| contract(*direct) == contract(**one)));
            let mine: SmallVec<[u32; 8]> = mine.copied().collect();
            let owned = mine.iter().map(|one| &self.participations[*one as usize]).filter(|one| one.ownership);
            let owned: u64 = owned.map(|one| one.ratio_pico).sum();
            owned_by_tracks |= owned > 0;
            if owned.saturating_add(direct.owned.unwrap_or(0)) > WHOLE {
                return Err(Refusal::new(SuspenseReason::OverClaimed, None));
            }
            if mine.is_empty() {
                continue;
            }
            let at = |list: &Option<SmallVec<[Amount; 8]>>| list.as_ref().map(|list| list[usize::from(index)]);
            let piece = u16::try_from(pieces.len()).unwrap_or(u16::MAX);
            pieces.push(Piece {
                line,
                net: at(&net).unwrap_or(Amount::ZERO),
                gross: at(&gross),
                source: at(&source),
                units: at(&units).unwrap_or(Amount::ZERO),
                free: at(&free).unwrap_or(Amount::ZERO),
                charge: Amount::ZERO,
                track: Some((index, count)),
            });
            claims.extend(mine.iter().map(|one| Claim { participation: *one, piece }));
        }
        if direct.owned.is_some_and(|owned| owned > WHOLE) {
            return Err(Refusal::new(SuspenseReason::OverClaimed, None));
        }
        match (claims.is_empty(), lapsed) {
            (false, _) => {
                // By contract, so that the parts of a contract are neighbours.
                claims.sort_by_key(|claim| (contract(claim.participation), claim.piece));
                let owned = direct.owned.filter(|_| !owned_by_tracks);
                Ok(Claims { pieces, claims, owned })
            }
            (true, Some(contract)) => Err(Refusal::new(SuspenseReason::InactiveContract, Some(contract))),
            (true, None) => Err(Refusal::new(SuspenseReason::NoContract, None)),
        }
    }
}
