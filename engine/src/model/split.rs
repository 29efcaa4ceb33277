//! Payee splits.

use kernel::ids::{PartyId, SplitId};
use kernel::ratio::Ratio;
use serde::{Deserialize, Serialize};

/// A place in the split of a contract's royalty.
///
/// A node without children is a payee. A node with children passes everything on: band to members, member to
/// heirs, to any depth. The ratios of one level total exactly 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SplitNode {
    /// Its id.
    pub id: SplitId,
    /// Who.
    pub party_id: PartyId,
    /// The share of the level above.
    pub ratio: Ratio,
    /// Who shares it in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<SplitNode>,
}
