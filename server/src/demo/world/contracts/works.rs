//! Works: what was written, by whom, and on which recording it is heard.

use super::super::codes;
use super::super::model::{Participation, Work};
use super::Desk;

/// Writes the tenant's works: each by one to three of these writers, each heard on a recording of its own.
pub fn compose(desk: &mut Desk, writers: &[usize]) {
    let count = desk.blueprint.works;
    let recordings = &desk.catalogue.recordings;
    for place in 0..count {
        let number = place + 1;
        // Everybody writes; the others are whoever was there.
        let mut credited = vec![writers[place % writers.len()]];
        for _ in 1..desk.random.between(1, 3) {
            let other = *desk.random.pick(writers);
            if !credited.contains(&other) {
                credited.push(other);
            }
        }
        let shares = desk.shares(credited.len());
        let recording = place * recordings.len() / count;
        desk.works.push(Work {
            reference: format!("{}-W{number:04}", desk.blueprint.prefix),
            iswc: codes::iswc(desk.blueprint.block, number),
            title: recordings[recording].title.clone(),
            writers: credited.into_iter().zip(shares).collect(),
            recording,
            asset: format!("C{}{number:014}", desk.blueprint.block),
        });
    }
}

/// A writer's shares of ownership.
pub fn participations(desk: &Desk, writer: usize) -> Vec<Participation> {
    let own = |work: &Work| {
        let ratio = work.writers.iter().find_map(|(party, ratio)| (*party == writer).then_some(*ratio))?;
        Some(Participation { kind: "OWNERSHIP", item_kind: "WORK", item: work.iswc.clone(), ratio })
    };
    desk.works.iter().filter_map(own).collect()
}
