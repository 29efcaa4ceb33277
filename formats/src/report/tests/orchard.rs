use kernel::codes::RevenueType;

use super::*;

const LEGACY: &str = "Period;Activity Period;DMS;Territory;Orchard UPC;Manufacturer's UPC;Label Catalog #;Imprint Label;Artist Name;Release Name;Track Name;ISRC;Volume;Track #;Quantity;Trans Type;Label Share Net Receipts;Preferred Currency\r\n";

#[test]
fn the_legacy_report_with_destroyed_upcs() {
    let text = [
        LEGACY,
        "2023M10;2023M9;YouTube;Germany;1,91774E+11;;LR1;Lantern Row;Mara Quill;Harbour;Tide;DEXYZ2300011;1;1;6;AV;0,020354;EUR\r\n",
        "2023M10;2023M9;Spotify;USA;191774000005;;LR1;Lantern Row;Mara Quill;Harbour;Tide;DEXYZ2300011;1;1;-1;S;-0,001;EUR\r\n",
    ]
    .concat();
    let report = read(text).unwrap();
    assert_eq!(
        (report.layout.as_str(), report.amounts().as_str(), report.totals.units),
        ("orchard-legacy", "0.019354 EUR", 5)
    );
    let [video, stream] = report.lines.as_slice() else { panic!() };
    assert_eq!(video.upc, Coded::Damaged("1,91774E+11".to_owned()));
    assert_eq!(video.revenue_type, RevenueType::Video);
    assert_eq!((video.sale_from, video.sale_to), (day("2023-09-01"), day("2023-09-30")));
    assert_eq!(video.statement.unwrap().from, day("2023-10-01"));
    assert_eq!(video.territory.valid().unwrap().code(), "DE");
    assert_eq!(stream.territory.valid().unwrap().code(), "US");
    assert_eq!((stream.revenue_type, stream.is_return), (RevenueType::Stream, true));
    assert!(stream.upc.damaged().is_some(), "a wrong check digit is damage too");
}

#[test]
fn a_point_under_a_comma_is_not_guessed_at() {
    let row = "2023M10;2023M9;YouTube;Germany;;;LR1;L;M;H;T;DEXYZ2300011;1;1;6;AV;AMOUNT;EUR\r\n";
    let text =
        [LEGACY, &row.replace("AMOUNT", "0.020354"), &row.replace("AMOUNT", "1.234,56"), &row.replace("AMOUNT", "2")]
            .concat();
    let report = read(text).unwrap();
    assert_eq!(report.problems(), ["2:17 AMOUNT_UNREADABLE", "3:17 AMOUNT_UNREADABLE"]);
    assert_eq!(report.bad[0].problems[0].column, "Label Share Net Receipts");
    assert!(report.bad[1].raw.ends_with("1.234,56;EUR"));
    assert_eq!(report.amounts(), "2 EUR");
}

#[test]
fn the_workstation_export() {
    let text = "STATEMENT PERIOD,SALE COUNTRY,STORE,PRODUCT ARTIST,PRODUCT,DISPLAY UPC,LABEL IMPRINT,TRACK ARTIST,TRACK,TRACK VERSION,ISRC,TRANSACTION DATE,TRANSACTION TYPE,TRANSACTION SUBTYPE,QUANTITY,SALE CURRENCY,GROSS REVENUE SALE CURRENCY,CURRENCY CONVERSION RATE,GROSS REVENUE ACCOUNT CURRENCY,NET SHARE ACCOUNT CURRENCY,ACCOUNT CURRENCY\n\
        March 2024,GB,Apple Music,Mara Quill,Harbour,empty:,Lantern Row,Mara Quill,Tide,,DEXYZ2300011,2024-02-01,Streams,Subscription Audio Streams,618,EUR,0.4140030000,0.92,0.3808827600,0.3047062080,USD\n\
        March 2024,DE,Facebook,Mara Quill,Harbour,0718752340625,Lantern Row,,Tide,,,2024-03-01,Downloads,Track Downloads,-6,GBP,-0.05,1.17,-0.06,-0.0473915520,USD\n";
    let report = read(text).unwrap();
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), ("orchard-workstation", "0.2573146560 USD"));
    assert_eq!(report.lines[0].upc, Coded::Absent);
    assert_eq!(report.lines[0].gross.unwrap().0.to_string(), "0.3808827600");
    assert_eq!(report.lines[1].artist.as_deref(), Some("Mara Quill"));
    assert_eq!(report.lines[1].revenue_type, RevenueType::Social);
    assert_eq!(report.lines[0].statement.unwrap().to, day("2024-03-31"));
}
