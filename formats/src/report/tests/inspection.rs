use super::*;

fn inspect_text(name: &str, text: &str) -> InspectReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut report = inspect(&path);
    report.file = name.to_owned();
    report
}

#[test]
fn a_report_as_json_and_for_people() {
    let report = inspect_text(
        "bandcamp.csv",
        "date,paid to,item type,item name,artist,currency,item price,quantity,discount code,sub total,transaction fee,fee type,item total,amount you received,bandcamp transaction id,paypal transaction id,net amount\n\
         11/25/23 5:45pm,me,track,Tide,Mara Quill,GBP,7.99,1,,7.99,0.57,card,7.99,7.42,1,,6.22\n\
         12/1/23 6:02pm,me,payout,,,GBP,,,,,,,120.62,119.41,2,,\n\
         12/2/23 6:02pm,me,refund,Tide,Mara Quill,GBP,,-1,,,,,-7.99,-7.42,3,,-6.22\n\
         12/3/23 6:02pm,me,track,Tide,Mara Quill,GBP,1,1,,1,,card,1,1,4,,oops\n",
    );
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        serde_json::json!({
            "file": "bandcamp.csv",
            "layout": "bandcamp",
            "rows": 4,
            "units": 0,
            "amounts": {"GBP": "0.00"},
            "periods": [{"from": "2023-11-25", "to": "2023-11-25"}, {"from": "2023-12-02", "to": "2023-12-02"}],
            "territories": [],
            "skipped": {"payout": {"rows": 1, "amount": {}}},
            "errors": [{
                "line": 5, "column": "net amount", "code": "AMOUNT_UNREADABLE",
                "message": "`oops` is not a number in the notation of this report",
            }],
            "error_count": 1,
        })
    );
    let text = report.to_string();
    assert!(text.contains("layout       bandcamp") && text.contains("line 5: net amount: `oops`"), "{text}");
}

#[test]
fn a_file_that_is_none() {
    let report = inspect_text("empty.csv", "");
    assert_eq!((report.layout.as_deref(), report.errors[0].code.as_str(), report.rows), (None, "FILE_EMPTY", 0));
    let missing = inspect(std::path::Path::new("no-such-file.csv"));
    assert_eq!(missing.errors[0].code, "FILE_UNREADABLE");
}

#[test]
fn what_a_file_lacks_is_said_and_its_totals_all_the_same() {
    let deezer = "Start Report;End Report;ISRC;Artist;Title;Album;UPC;Country;Nb of plays;Royalties;Service;Provider;provider_id;Label\n\
        01/03/2024;31/03/2024;DEXYZ2300011;Mara Quill;Tide;Harbour;;FR;332;0.25;Premium;L;1;L\n";
    let report = inspect_text("deezer.csv", deezer);
    assert_eq!(report.amounts["XXX"], "0.25");
    assert_eq!(report.errors[0].code, "CURRENCY_NOT_IN_FILE");
    let prs = "Record Number,CAE Number,Work Title,Amount (performance revenue),IP1\n1,123,Tide,0.016,Quill\n";
    let report = inspect_text("prs.csv", prs);
    assert_eq!((report.amounts["GBP"].as_str(), report.errors[0].code.as_str()), ("0.016", "PERIOD_NOT_IN_FILE"));
    assert!(report.periods.is_empty());
    assert_eq!(inspect_text("prs_202403.csv", prs).periods[0].to, day("2024-03-31"));
}

#[test]
fn totals_that_differ_are_errors() {
    let text = "Start Date\t10/01/2023\nEnd Date\t11/04/2023\nCurrency\tAUD\nStorefront Name\tApple Identifier\tMembership Type\tQuantity\tNet Royalty\tNet Royalty Total\tISRC\tItem_Title\nAU\t1\tI\t3\t.1\t.3\t\tTide\nRow Count\t7\n";
    let report = inspect_text("s1.txt", text);
    assert_eq!((report.errors[0].code.as_str(), report.errors[0].line), ("CONTROL_TOTAL_DIFFERS", Some(6)));
    assert_eq!(report.errors[0].message, "the file states 7, its rows make 1");
}
