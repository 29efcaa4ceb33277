//! Any bytes as a payment file, alone and behind the beginning of each kind.
#![no_main]

use formats::payments::inspect::inspect_from;
use libfuzzer_sys::fuzz_target;

const BEGINNINGS: &[&str] = &[
    "",
    "101 121042882 2313801042611250930A094101Bank                   Label                          \n",
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt><Ntry>",
    "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>",
    "01,BANK,LABEL,261126,0600,1,80,1,2/\n02,LABEL,BANK,1,261125,,USD,2/\n03,1,USD,",
    "Date,Value date,Amount,Currency,Reference,End to end id,Counterparty,Account,Text\n",
];

fuzz_target!(|bytes: &[u8]| {
    for beginning in BEGINNINGS {
        let file = [beginning.as_bytes(), bytes].concat();
        if let Ok(found) = inspect_from("fuzz", file.as_slice()) {
            let _ = serde_json::to_vec(&found);
        }
    }
});
