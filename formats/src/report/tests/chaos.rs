//! Whatever bytes come, reading ends, nothing panics, and every row is accounted for.

use proptest::prelude::*;

use super::*;

const REPORTS: &[&str] = &[
    "Format version\tStart date\tEnd date\n2\t2023-10-01\t2023-10-31\nCountry\tProduct\tURI\tISRC\tTrack name\tQuantity\tUSD Payable\n\
     DE\tA\tu1\tDEXYZ2300011\tCafé \"x\tTide\t0.0002503585965471062832417870324\nDE\tA\tu2\t\tTide\t3\t-1e-9\nDE\tP\tu3\t\tTide\t3\t5.25\n",
    "Period;Activity Period;DMS;Territory;Orchard UPC;Label Catalog #;ISRC;Quantity;Trans Type;Label Share Net Receipts;Preferred Currency\r\n\
     2023M10;2023M9;YouTube;Germany;1,91774E+11;LR1;DEXYZ2300011;6;AV;0,020354;EUR\r\n2023M10;2023M9;\"You;\"\"Tube\";USA;;LR1;;6;S;-0,5;EUR\r\n",
    "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tExtended Partner Share\tPartner Share Currency\tSales or Return\tCountry Of Sale\tCustomer Price\tCustomer Currency\n\
     11/05/2023\t12/02/2023\t\tDEXYZ2300011\tV\t-1\t-1.29\tAUD\tR\tNZ\t2.39\tNZD\n11/05/2023\t12/02/2023\t\tDEXYZ2300011\tV\t2\t2.58\tAUD\tS\tNZ\t2.39\tNZD\nTotal_Rows\t2\nTotal_Amount\t1.29\n",
    "HEAD\tdsrf/1\tBasicAudioProfile\t1.2\tM1\t2024-04-15T10:05:00Z\t1\t1\t2024-03-01\t2024-03-31\tP1\tTonhaus\tPlus\tP2\tX\t\n\
     SY01.01\t1\t\t\tSubscriptionModel\tOnDemandStream\tSE\tPlus\t3\t12\tEUR\t1.00\t\tSEK\t0.087\n\
     AS02\t1\tA1\ttrk\tDEXYZ2300011\tA\\|B\t\tQuill\nSU02\t1\t1\tT1\t\tA1\ttrue\t1\nSU02\t1\t1\tT2\t\tA1\ttrue\t2\nFOOT\t6\t6\t1\t1\t1\n",
    "T,P,2024-01-01T00:00:00.000Z,2024-03-31T23:59:59.999Z,1,USD,0.0000,1.0000,1.00\n\
     S,P,2024-02-03T08:00:00.000Z,Team,Tide,Quill,\"One, Two\",T0345246801,US,USD,25,0,4,20,10,50.00,5.2083,70.00,1.0000\n",
];

/// Where and what to change.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Option<u8>)>> {
    let nasty = prop::sample::select(b"\"\t;,\n\r\0-.e9\xff\xe9 ".to_vec());
    prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(prop_oneof![nasty, any::<u8>()])), 1..12)
}

proptest! {
    #[test]
    fn changed_reports_are_read_or_refused(report in 0..REPORTS.len(), changes in changes(), cut in any::<prop::sample::Index>()) {
        let mut bytes = REPORTS[report].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            match byte {
                Some(byte) => bytes[at] = byte,
                None => bytes.truncate(bytes.len().min(at + 40)),
            }
        }
        bytes.truncate(bytes.len().max(1) - cut.index(8).min(bytes.len() - 1));
        // The helper checks that every row is accounted for and that the size of batches does not matter.
        match read(&bytes) {
            Ok(report) => {
                let lines = report.lines.iter().map(|line| line.line_no).chain(report.bad.iter().map(|row| row.line_no));
                let count = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
                for line in lines {
                    prop_assert!(line <= count);
                }
                prop_assert!(report.bad.iter().all(|row| !row.problems.is_empty()));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty() && !error.code().is_empty()),
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn changed_acknowledgements_and_unknown_files_end(changes in changes(), cut in any::<prop::sample::Index>()) {
        for text in [
            "HDRSO000000052X\nGRHACK0000102.10\nACK0000000000000000201606301156440000100000000NWRTIDE\nMSG0000000000000001F00000000NWRF005X\nTRL000010000000100000005\n",
            "Monat;Kanal;ISRC;Anzahl;Betrag\n03/2026;Tonhaus;QZFAK2600001;12;1.234,50\n04/2026;Tonhaus;QZFAK2600001;3;0,25\n",
        ] {
            let mut bytes = text.as_bytes().to_vec();
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                if let Some(byte) = byte {
                    bytes[at] = *byte;
                }
            }
            bytes.truncate(bytes.len() - cut.index(20));
            if let Ok(mut reader) = IdentifierReader::detect(Layouts::shipped(), Cursor::new(bytes.clone())) {
                while let Ok(Some(_)) = reader.next_work() {}
            }
            if let Ok(proposal) = crate::propose::propose("x.csv", Cursor::new(bytes.clone())) {
                prop_assert!(proposal.columns.iter().all(|guess| guess.confidence <= 100));
                if let Ok(layout) = crate::propose::layout_of(&proposal.mapping) {
                    let _ = crate::propose::preview(&std::sync::Arc::new(layout), "x.csv", Cursor::new(bytes), Supplied::default());
                }
            }
        }
    }

    #[test]
    fn splitting_a_file_changes_no_total(rows in prop::collection::vec((-1_000_000i64..1_000_000, 0u32..31), 2..40), at in any::<prop::sample::Index>()) {
        let head = "Format version\tStart date\tEnd date\n2\t2023-10-01\t2023-10-31\nCountry\tProduct\tURI\tISRC\tTrack name\tQuantity\tUSD Payable\n";
        let rows: Vec<String> = rows.iter().map(|(n, scale)| format!("DE\tA\tu\t\tT\t1\t{n}e-{scale}\n")).collect();
        let total = |rows: &[String]| read(format!("{head}{}", rows.concat())).unwrap().totals.amounts[0].exact.clone();
        let at = 1 + at.index(rows.len() - 1);
        let mut parts = total(&rows[..at]);
        parts.merge(&total(&rows[at..]));
        prop_assert_eq!(parts.minus(&total(&rows)), bigdecimal::BigDecimal::from(0));
        let backwards: Vec<String> = rows.iter().rev().cloned().collect();
        prop_assert_eq!(total(&backwards).to_string(), total(&rows).to_string());
    }
}

#[test]
fn readers_and_batches_may_move_to_other_threads() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Reader>();
    send::<Batch>();
    sync::<Batch>();
}
