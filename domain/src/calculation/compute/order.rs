//! Passes over the lines of a run before they are computed, where the result depends on their order.

use std::sync::Arc;

use engine::model::Interner;
use engine::{CompiledRules, Order};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};

use super::{Hand, start};
use crate::Core;
use crate::calculation::close::Ready;
use crate::calculation::input::Selection;
use crate::calculation::lines::{Decoder, RawChunk};

/// The rules with the place of every line. The lines are read as often as the rules ask for.
pub(in crate::calculation) async fn ordered(
    core: &Core,
    ctx: &OpContext,
    selection: &Selection,
    rules: CompiledRules,
) -> Outcome<Ready> {
    let mut order = rules.ordering();
    if !order.is_open() {
        let names = rules.interner();
        return Ok(Ready { rules: Arc::new(rules), names });
    }
    let shared = Arc::new(rules);
    let mut names = shared.interner();
    while order.is_open() {
        let decoder = Decoder::new(selection, shared.interner());
        let (handles, mut made) = start(core, ctx, selection, Pass { rules: Arc::clone(&shared), decoder, order });
        while made.recv().await.is_some() {}
        (order, names) = handles.finish().await?;
    }
    let rules = Arc::try_unwrap(shared).map_err(|_| Failure::internal("a pass over the lines did not end"))?;
    Ok(Ready { rules: Arc::new(rules.ordered(order)), names })
}

/// One pass. Every pass meets the items in the same order, so that they have the same positions in each.
struct Pass {
    rules: Arc<CompiledRules>,
    decoder: Decoder,
    order: Order,
}

impl Hand for Pass {
    type Made = ();
    type End = (Order, Interner);

    fn chunk(&mut self, chunk: RawChunk) -> Outcome<()> {
        let batch = self.decoder.decode(&chunk)?;
        self.order.note(&self.rules, &batch.lines);
        Ok(())
    }

    fn finish(mut self) -> Outcome<(Order, Interner)> {
        self.order.end_pass(&self.rules);
        Ok((self.order, self.decoder.names().clone()))
    }
}
