//! What stands beside lines reaches the calculation: tracks of releases, taxes and fees of whole reports.
//!
//! An album of two tracks is sold for 10 EUR and its first track alone for 6 EUR; only the first track is under contract,
//! at 50 % of net receipts. The shop kept a fee of 1.60 EUR of the whole report, which its lines bear by what they amount
//! to: 1.60 × 10/16 = 1.00 and 1.60 × 6/16 = 0.60.
//!
//! Album: 10 − 1.00 = 9.00, over two tracks 4.50, at 50 % 2.25. Track: 6 − 0.60 = 5.40, at 50 % 2.70. Payees have
//! 2.25 + 2.70 = 4.95, and the tenant 16 − 1.60 − 4.95 = 9.45.

use serde_json::json;
use tests::{CONTRACTS, Label, TestApp};

use crate::cycle::calculate;

const ALBUM: &str = "199999000013";

fn itunes() -> Vec<u8> {
    let head = "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\tLabel/Studio/Network/Developer/Publisher\tGrid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\tPre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency\n";
    let row = |upc: &str, isrc: &str, amount: &str, kind: &str, title: &str| {
        format!(
            "01/01/2026\t01/31/2026\t{upc}\t{isrc}\t{upc}{isrc}\t1\t{amount}\t{amount}\tEUR\tS\t{kind}-1\tThe Quiet Testers\t{title}\tTest Label\t\t{kind}\t\tDE\t\t\t{amount}\tEUR\n"
        )
    };
    let rows = [row(ALBUM, "", "10.00", "I", "Both Lights"), row("", "QZFAK2600001", "6.00", "H", "First Light")];
    format!("{head}{}", rows.concat()).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn tracks_of_releases_and_charges_of_reports_reach_the_run() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "stored").await;
    let releases = format!(
        "upc,release_title,release_artist,catalogue_number,released_on,organisation,position,isrc\n\
         {ALBUM},Both Lights,The Quiet Testers,TQT-1,2026-01-01,,1,QZFAK2600001\n\
         {ALBUM},Both Lights,The Quiet Testers,TQT-1,2026-01-01,,2,QZFAK2600002\n"
    );
    label.import("RELEASES", "releases.csv", &releases).await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    let report = label.report("itunes.txt", itunes()).await;
    assert_eq!((report["state"].as_str(), report["postedCount"].as_str()), (Some("IMPORTED"), Some("2")), "{report}");

    let set = "mutation($i: RevenueReportPaymentSetInput!) { revenueReportPaymentSet(input: $i) {
        payment { charges { name kind amount currency } } userErrors { code path } } }";
    let input = json!({ "reportId": report["id"], "charges": [
        { "name": "Shop fee", "kind": "FEE", "amount": "1.60", "currency": "EUR" },
        { "name": "Shop fee", "kind": "TAX", "amount": "0", "currency": "EUR" } ] });
    let refused = label.manager.ask(set, json!({ "i": input })).await;
    let codes: Vec<&str> = refused
        .at("/revenueReportPaymentSet/userErrors")
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["CHARGE_ZERO", "CHARGE_DUPLICATE"], "{refused:?}");
    let input = json!({ "reportId": report["id"], "charges": [
        { "name": "Shop fee", "kind": "FEE", "amount": "1.60", "currency": "EUR" } ] });
    let answer = label.manager.ask(set, json!({ "i": input })).await.ok();
    let charge = answer.at("/revenueReportPaymentSet/payment/charges/0");
    assert_eq!(charge, &json!({ "name": "Shop fee", "kind": "FEE", "amount": "1.6", "currency": "EUR" }));

    let run = calculate(&label, "2026-01").await;
    let document =
        "query($id: ID!) { calculationRun(id: $id) { totals { currency lines payees margin charges suspense } } }";
    let answer = label.manager.ask(document, json!({ "id": run })).await.ok();
    let total = answer.at("/calculationRun/totals/0");
    let expected = json!({
        "currency": "EUR", "lines": "16", "payees": "4.95", "margin": "9.45", "charges": "1.6", "suspense": "0",
    });
    assert_eq!(total, &expected);
    let document = "{ conservation(from: \"2026-01\", to: \"2026-01\") { moneyIn charges difference holds } }";
    let proof = label.manager.ask(document, json!({})).await.ok();
    let expected = json!([{ "moneyIn": "16", "charges": "1.6", "difference": "0", "holds": true }]);
    assert_eq!(proof.at("/conservation"), &expected);
}
