use kernel::codes::RevenueType;
use kernel::currency::Currency;

use super::*;

const RAW: &str = "Adjustment Type,Day,Country,Asset ID,Asset Title,Asset Labels,Asset Channel ID,Asset Type,Custom ID,ISRC,UPC,GRid,Artist,Album,Label,Administer Publish Rights,Owned Views,YouTube Revenue Split : Auction,YouTube Revenue Split : Reserved,YouTube Revenue Split : Partner Sold YouTube Served,YouTube Revenue Split : Partner Sold Partner Served,YouTube Revenue Split,Partner Revenue : Auction,Partner Revenue : Reserved,Partner Revenue : Partner Sold YouTube Served,Partner Revenue : Partner Sold Partner Served,Partner Revenue\n";

#[test]
fn the_total_is_read_and_not_its_parts() {
    let text = [
        RAW,
        "None,20240301,US,A1,Tide,,UC1,Music Video,LR-1,,,,Mara Quill,Harbour,Lantern Row,No,5305,0.01,0.01,0,0,0.021469,0.019772,0.006468,0,0,0.026240\n",
        ",20240302,GB,A2,\"Seven steps, two \"\"hearts\"\"\",a|b,UC1,Sound Recording,LR-2,DEXYZ2300011,0718752340625,,Mara Quill,Harbour,Lantern Row,Yes,791,0,0,0,0,0.01,0,0,0,0,-0.000240\n",
    ]
    .concat();
    let report = read(&text).unwrap();
    assert_eq!(report.layout, "youtube-asset-raw");
    assert_eq!(report.amounts(), "0.026000 USD");
    assert_eq!(report.totals.units, 6096);
    let line = &report.lines[1];
    assert_eq!(line.title.as_deref(), Some("Seven steps, two \"hearts\""));
    assert_eq!((line.sale_from, line.sale_to), (day("2024-03-02"), day("2024-03-02")));
    assert_eq!(line.source_item_key.as_deref(), Some("A2"));
    assert_eq!(line.revenue_type, RevenueType::Video);
    assert_eq!(report.lines[0].gross.unwrap().0.to_string(), "0.047709");
    assert_eq!(report.lines[0].isrc, Coded::Absent);
    // The currency is the owner's payment currency: whoever hands the file in may know better than "USD".
    let supplied = Supplied { currency: Some(Currency::parse("EUR").unwrap()), period: None };
    assert_eq!(read_named("x", text.as_bytes(), supplied).unwrap().amounts(), "0.026000 EUR");
}

#[test]
fn the_subscription_report_has_a_line_above_its_header() {
    let text = "Asset Summary\nMonth,Country,Asset ID,Asset Title,Asset Labels,Asset Channel ID,Asset Type,Custom ID,ISRC,UPC,GRID,Artist,Album,Label,Owned Views,Partner Revenue\n\
        202402,US,A1,Tide,,UC1,Sound Recording,LR-1,DEXYZ2300011,,,Mara Quill,Harbour,Lantern Row,2212,0.00248565\n\
        202402,US,A2,Tide,,UC1,Music Video,LR-1,,,,Mara Quill,Harbour,Lantern Row,1,0.1\n";
    let report = read(text).unwrap();
    assert_eq!(report.layout, "youtube-red-label-asset");
    assert_eq!(report.amounts(), "0.10248565 USD");
    assert_eq!(report.lines[0].line_no, 3);
    assert_eq!(report.lines[0].sale_to, day("2024-02-29"));
    assert_eq!(report.lines[0].revenue_type, RevenueType::Stream);
    assert_eq!(report.lines[1].revenue_type, RevenueType::Video);
}
