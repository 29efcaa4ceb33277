//! Waiting for the parts to end.

use std::time::Duration;

use super::Part;
use crate::stop::Stop;

/// How long parts may take to end. With closing the database it stays below the 25 seconds that are promised.
const PATIENCE: Duration = Duration::from_secs(22);

/// Waits for all parts together; whoever takes too long is left behind.
///
/// # Errors
/// Names what did not end in time or not in good order.
pub async fn parts(parts: Vec<Part>) -> Result<(), Stop> {
    let ends = parts.into_iter().map(|(name, mut part)| async move {
        match tokio::time::timeout(PATIENCE, &mut part).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(stop))) => Some(format!("{name}: {stop}")),
            Ok(Err(error)) => Some(format!("{name}: {error}")),
            Err(_) => {
                part.abort();
                Some(format!("{name}: still at work after {} seconds, left behind", PATIENCE.as_secs()))
            }
        }
    });
    let troubles: Vec<String> = futures::future::join_all(ends).await.into_iter().flatten().collect();
    if troubles.is_empty() {
        Ok(())
    } else {
        Err(Stop::failed(format!("not everything ended in good order: {}", troubles.join("; "))))
    }
}
