//! DDEX flat files: blocks, summaries, escapes, footers. Everything in them is invented.

use kernel::codes::RevenueType;

use super::*;

/// A message of usages: two summaries, two blocks, comments and an empty line, which count in the footer.
///
/// Summary 1: 90.00 EUR over 30 usages, 3.00 each. Summary 2: 1.00 EUR over 3 usages: a third each, cut at 18 decimals.
const USAGES: &str = "HEAD\tdsrf/1.1.2/1.6/1.0\tBasicAudioProfile\t1.2\tM1\t2024-04-15T10:05:00Z\t1\t1\t2024-03-01\t2024-03-31\tPADPIDA1\tTonhaus\tTonhausPlus\tPADPIDA2\tLantern Society\t\n\
    #SY01.01\tSummaryRecordId\n\
    SY01.01\t1\t\t\tSubscriptionModel\tOnDemandStream\tSE\tTonhausPlus\t30\t12\tEUR\t90.00\t\tSEK\t0.087\n\
    SY01.01\t2\t\t\tAdvertisementSupportedModel\tOnDemandStream\tDE\tTonhausFree\t3\t\tEUR\t1.00\t\tEUR\t1\n\
    \n\
    RE01\t1\tR1\trel-1\t\tLR1\t0718752340625\tMara Quill\t\tHarbour\t\tAlbum\tLantern Row\t2024 X\tTonhaus\n\
    AS02.02\t1\tA1\ttrk-1\tDEXYZ2300011\tA\\|B \\\\ C\t\tMara Quill\t\tPT3M2S\tSoundRecording\tT0345246801\tOne Writer|Two Writer\t1|2\t\t\tPub A|Pub B\t\t\t\tX::w1\ttrue\n\
    SU02\t1\t1\tT1\t\tA1\ttrue\t10\t\t\n\
    SU02\t1\t2\tT2\t\tA1\ttrue\t1\t\t\n\
    AS01\t2\tA1\ttrk-2\tDEXYZ2300012\tTide\t\tMara Quill\t\tPT3M2S\tSoundRecording\n\
    SU01\t2\t1\tT3\t\tA1\ttrue\t\t21\t1\t0.99\n\
    SU02\t2\t1\tT4\t\tA1\tfalse\t-1\n\
    SU02\t2\t2\tT5\t\tA1\ttrue\t2\t\t\n\
    FOOT\t14\t14\t2\t2\t2\n";

#[test]
fn usages_share_the_revenue_of_their_summary() {
    let report = read(USAGES).unwrap();
    assert_eq!(report.layout, "ddex-dsr-usage");
    // 10 × 3.00 + 21 × 3.00 = 93.00 for 31 usages, −1 × 3.00 not royalty-bearing: 90.00 in all. Summary 2: 1.00.
    assert_eq!(report.totals.skipped["not royalty-bearing"].rows, 1);
    assert_eq!(report.totals.everything().values().next().unwrap().total().normalized().to_plain_string(), "91");
    assert_eq!(report.lines[0].amount.to_string(), "30.000000000000000000");
    assert_eq!(report.lines[1].amount.to_string(), "0.333333333333333333");
    assert_eq!(report.lines[3].amount.to_string(), "0.666666666666666667");
    let first = &report.lines[0];
    assert_eq!((first.title.as_deref(), first.artist.as_deref()), (Some("A|B \\ C"), Some("Mara Quill")));
    assert_eq!((first.platform.as_str(), first.territory.valid().unwrap().code()), ("Tonhaus", "SE"));
    assert_eq!((first.isrc.valid().is_some(), first.upc.valid().is_some(), first.line_no), (true, true, 8));
    assert_eq!((first.sale_from, first.sale_to), (day("2024-03-01"), day("2024-03-31")));
    assert_eq!(first.release_title.as_deref(), Some("Harbour"));
    // 21 usages, 1 returned.
    assert_eq!(report.lines[2].units, 20);
    assert!(report.metadata[0].contains("One Writer; Two Writer"), "{}", report.metadata[0]);
    assert!(
        report.totals.controls.iter().all(|control| control.outcome == Outcome::Agrees),
        "{:?}",
        report.totals.controls
    );
    assert_eq!(report.totals.controls.len(), 5);
}

#[test]
fn wrong_and_missing_footers_are_told() {
    let wrong = read(USAGES.replace("FOOT\t14\t14\t2\t2\t2", "FOOT\t13\t14\t2\t3\t2")).unwrap();
    let differs = |report: &Read| {
        let all = report.totals.controls.iter().filter(|control| control.outcome != Outcome::Agrees);
        all.map(|control| format!("{} {} {}", control.label, control.stated, control.computed)).collect::<Vec<_>>()
    };
    assert_eq!(differs(&wrong), ["NumberOfLinesInFile 13 14", "NumberOfBlocksInFile 3 2"]);
    let cut = read(&USAGES[..USAGES.find("FOOT").unwrap()]).unwrap();
    assert_eq!(differs(&cut), ["FOOT missing 13 lines"]);
    // A message of several files: what is said of all of them cannot be compared in one.
    let part = USAGES
        .replace("10:05:00Z\t1\t1\t", "10:05:00Z\t1\t2\t")
        .replace("FOOT\t14\t14\t2\t2\t2", "FOOT\t14\t99\t9\t2\t9");
    assert_eq!(differs(&read(part).unwrap()), Vec::<String>::new());
}

#[test]
fn lines_of_controllers_count_a_usage_once() {
    let text = "HEAD\tdsrf/30\tUGCProfile\t1.0\tM2\t2024-01-21T15:09:26Z\t1\t1\t2023-10-01\t2023-12-31\tP1\tSehhaus\tAd\tP2\tLantern\tPUB|SOC\n\
        SY02.01\t1\t\t\tAdvertisementSupportedModel\tStream\tIS\tAd\t900\t\tUSD\t100.5\tPUB\t\t20\t0\t10\tPerformingRight\n\
        SY02.01\t1\t\t\tAdvertisementSupportedModel\tStream\tIS\tAd\t900\t\tUSD\t50\tSOC\t\t20\t0\t10\tPerformingRight\n\
        AS01\t1\tA9\tA9\tDEXYZ2300011\tTide\t\tMara Quill\t\tPT0H0M0S\tSoundRecording\n\
        MW01.01\t1\tW1\tT0345246801\tTIDE\t\tONE WRITER\n\
        SU03.01\t1\tU1\t1\tA9\t40\t2.0\t20231001\t20231002\n\
        LI01.01\t1\t1\tPUB\t\t\t0.5\tPerformingRight\t0.0\t1.25\n\
        LI01.01\t1\t1\tSOC\t\t\t0.5\tMechanicalRight\t0.0\t-0.05\n\
        FOOT\t9\t9\t2\t1\t1\n";
    let report = read(text).unwrap();
    assert_eq!(
        (report.layout.as_str(), report.amounts().as_str(), report.totals.units),
        ("ddex-dsr-lines", "1.20 USD", 40)
    );
    assert_eq!((report.lines[0].units, report.lines[1].units), (40, 0));
    assert_eq!(
        (report.lines[0].revenue_type, report.lines[1].revenue_type),
        (RevenueType::Performance, RevenueType::Mechanical)
    );
    assert_eq!((report.lines[0].title.as_deref(), report.lines[0].sale_to), (Some("TIDE"), day("2023-10-02")));
    assert!(report.lines[1].is_return);
}

#[test]
fn old_headers_summaries_alone_and_strangers() {
    // Nothing but a summary, an old footer that states nonsense, a record shorter than its kind.
    let text = "#HEAD\tMessageVersion\nFHEA\tM3\t1\t1\nSY03\tAdSupport\tStream\tAU\nRE01\t1\tRL1\nFFOO\t123\n";
    let report = inspect_bytes("x.tsv", text);
    assert_eq!(report.layout.as_deref(), Some("ddex-dsr-summary"));
    assert!(report.errors.iter().any(|error| error.message.contains("states 123")), "{:?}", report.errors);
    // A file whose first word happens to be HEAD is none.
    assert!(read("HEAD\nonly talk\n").is_err());
}

fn inspect_bytes(name: &str, text: &str) -> InspectReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    inspect(&path)
}
