//! What a line adds to counters and asks of capped steps.

use super::evaluate::Job;
use super::order::{Note, Order, Places};
use super::piece::{Claim, Claims, Piece};
use super::royalty::Amount;
use super::trace::Trace;
use crate::compile::CompiledRules;
use crate::model::Line;

impl CompiledRules {
    /// Notes what a line adds at a level. A line that will wait adds nothing.
    pub(super) fn note_line(&self, order: &Order, level: u8, line: &Line, notes: &mut Vec<Note>) {
        let first = notes.len();
        if self.try_note(order, level, line, notes).is_none() {
            notes.truncate(first);
        }
    }

    fn try_note(&self, order: &Order, level: u8, line: &Line, notes: &mut Vec<Note>) -> Option<()> {
        let wanted = self.wanted(line);
        let piece = Piece::whole(line, Amount::read(line.amount).ok()?, order.charge(line)).ok()?;
        let Claims { pieces, claims, .. } = self.claims(piece, &wanted).ok()?;
        let mut places = Places::note(order, level, line, notes);
        for Claim { participation, piece } in claims {
            let piece = &pieces[usize::from(piece)];
            let participation = &self.participations[participation as usize];
            let version = &self.versions[participation.version as usize];
            let (Some(term), _) = self.term_for(participation.version, &piece.line, &wanted) else {
                return None;
            };
            let job = Job {
                rules: self,
                piece,
                wanted: &wanted,
                contract: &self.contracts[participation.contract as usize],
                participation,
                version,
                term: &self.terms[term as usize],
            };
            // Also what does not count is evaluated: if it refuses the line, the line waits and adds nothing.
            let evaluated = job.evaluate(&mut places, &mut Trace::off()).ok()?;
            for (index, part) in evaluated.parts.iter().enumerate() {
                job.in_contract_currency(part.amount, part.currency).ok()?;
                if level > 0 {
                    job.pay(&evaluated, index, &mut places, &mut Trace::off()).ok()?;
                }
            }
        }
        Some(())
    }
}
