//! Files come in: matched, waiting, skipped, unreadable; nothing lost, nothing twice.

use tests::{Label, STREAMS, TestApp, spotify};

#[tokio::test(flavor = "multi_thread")]
async fn every_cent_of_a_file_is_posted_or_waits_and_the_sums_are_exact() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "exact").await;
    let report = label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    assert_eq!(report["state"], "IMPORTED", "{report}");
    assert_eq!(report["rowCount"], "4");
    assert_eq!(report["postedCount"], "3");
    assert_eq!(report["suspenseCount"], "1");
    // 400 + 100.000000000000000000000000000001 + 0.333333333333333333 + 7.25; the line keeps 18 places.
    let total = &report["totals"][0];
    assert_eq!(total["total"], "507.583333333333333333000000000001", "{report}");
    assert_eq!(total["posted"], "500.333333333333333333");
    assert_eq!(total["suspense"], "7.25");
    assert_eq!(total["cut"], "0.000000000000000000000000000001");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_twice_is_recognised_and_changes_nothing() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "twice").await;
    let first = label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    let again = label.report("renamed.tsv", spotify(STREAMS)).await;
    assert_eq!(first["isDuplicate"], false);
    assert_eq!(again["isDuplicate"], true);
    assert_eq!(first["id"], again["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_are_kept_with_place_and_reason() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "badrows").await;
    let rows = [
        ("QZFAK2600001", "DE", 1, "1.00"),
        ("QZFAK2600001", "DE", 1, "1.234,56"),
        ("QZFAK2600001", "DE", 1, "NaN"),
        ("QZFAK2600001", "DE", 1, "-"),
    ];
    let report = label.report("spotify_2026-01.tsv", spotify(&rows)).await;
    assert_eq!(report["state"], "IMPORTED", "{report}");
    assert_eq!(report["errorCount"], "3", "{report}");
    let errors = report["errors"]["nodes"].as_array().unwrap();
    let lines: Vec<&str> = errors.iter().filter_map(|error| error["lineNo"].as_str()).collect();
    assert_eq!(lines, ["5", "6", "7"]);
    assert!(errors.iter().all(|error| error["raw"].as_str().unwrap().contains("QZFAK2600001")));
    assert_eq!(report["totals"][0]["posted"], "1.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_are_refused_whole_with_the_reason() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "broken").await;
    let whole = spotify(STREAMS);
    let without_column = String::from_utf8(whole.clone()).unwrap().replace("\tISRC\t", "\tIdentifier\t");
    let cases: [(&str, Vec<u8>, &str); 3] = [
        ("not-a-report.tsv", b"this is\nnot a report\n".to_vec(), "LAYOUT_UNKNOWN"),
        ("picture.tsv", b"\x89PNG\r\n\x1a\n\0\0\0\0".to_vec(), "FILE_NOT_A_REPORT"),
        ("columns.tsv", without_column.into_bytes(), "HEADER_MISSING_COLUMN"),
    ];
    for (name, bytes, code) in cases {
        let report = label.report(name, bytes).await;
        assert_eq!(report["state"], "FAILED", "{name}: {report}");
        assert_eq!(report["failure"]["code"], code, "{name}: {report}");
        assert_eq!(report["totals"].as_array().map(Vec::len), Some(0), "{name} was booked");
    }
    // A file that failed may come again, mended.
    assert_eq!(label.report("spotify.tsv", whole).await["state"], "IMPORTED");
}
