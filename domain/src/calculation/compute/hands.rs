//! The two hands before the writer: one reads rows, one computes on a thread of its own.

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use tokio::sync::mpsc;

use crate::Core;
use crate::calculation::input::Selection;
use crate::calculation::lines::{LineReader, RawChunk};

/// What is done with every chunk of lines, on a thread that may block.
pub(in crate::calculation) trait Hand: Send + 'static {
    /// What it makes of a chunk.
    type Made: Send + 'static;
    /// What it has in the end.
    type End: Send + 'static;

    /// Takes a chunk.
    fn chunk(&mut self, chunk: RawChunk) -> Outcome<Self::Made>;

    /// Ends after the last chunk.
    fn finish(self) -> Outcome<Self::End>;
}

/// Both hands at work. They stop by themselves when nobody takes what they make.
pub(in crate::calculation) struct Handles<T> {
    reader: tokio::task::JoinHandle<Outcome<()>>,
    engine: tokio::task::JoinHandle<Outcome<T>>,
}

impl<T> Handles<T> {
    /// What came out. A reader that failed ends the engine's input early, so its failure counts first.
    pub(in crate::calculation) async fn finish(self) -> Outcome<T> {
        let ended = |error| Failure::internal(format!("a part of the calculation ended: {error}"));
        let computed = self.engine.await.map_err(ended)?;
        self.reader.await.map_err(ended)??;
        computed
    }
}

/// Sets the hands to work on a selection; what they make comes out of the receiver, in order.
pub(in crate::calculation) fn start<H: Hand>(
    core: &Core,
    ctx: &OpContext,
    selection: &Selection,
    mut hand: H,
) -> (Handles<H::End>, mpsc::Receiver<H::Made>) {
    let (raw, mut chunks) = mpsc::channel::<RawChunk>(1);
    let (ready, made) = mpsc::channel::<H::Made>(1);
    let mut reader = LineReader::new(core.clone(), ctx.clone(), selection);
    let reader = tokio::spawn(async move {
        while let Some(chunk) = reader.next().await? {
            if raw.send(chunk).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let engine = tokio::task::spawn_blocking(move || {
        while let Some(chunk) = chunks.blocking_recv() {
            let made = hand.chunk(chunk)?;
            if ready.blocking_send(made).is_err() {
                return Err(Failure::unavailable("WRITER_GONE", "The calculation stopped before its end. Try again."));
            }
        }
        hand.finish()
    });
    (Handles { reader, engine }, made)
}
