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

const TOTALS: &str =
    "query($id: ID!) { calculationRun(id: $id) { totals { currency lines payees margin charges suspense } } }";

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
    // No line of the report is in US dollars: the charge would vanish.
    let input = json!({ "reportId": report["id"], "charges": [
        { "name": "Shop fee", "kind": "FEE", "amount": "1.60", "currency": "USD" } ] });
    let refused = label.manager.ask(set, json!({ "i": input })).await;
    assert_eq!(refused.user_error("revenueReportPaymentSet"), Some("CHARGE_NOT_BORNE"), "{}", refused.body);
    let input = json!({ "reportId": report["id"], "charges": [
        { "name": "Shop fee", "kind": "FEE", "amount": "1.60", "currency": "EUR" } ] });
    let answer = label.manager.ask(set, json!({ "i": input })).await.ok();
    let charge = answer.at("/revenueReportPaymentSet/payment/charges/0");
    assert_eq!(charge, &json!({ "name": "Shop fee", "kind": "FEE", "amount": "1.6", "currency": "EUR" }));

    let run = calculate(&label, "2026-01").await;

    let answer = label.manager.ask(TOTALS, json!({ "id": run })).await.ok();
    let total = answer.at("/calculationRun/totals/0");
    let expected = json!({
        "currency": "EUR", "lines": "16", "payees": "4.95", "margin": "9.45", "charges": "1.6", "suspense": "0",
    });
    assert_eq!(total, &expected);
    let document = "{ conservation(from: \"2026-01\", to: \"2026-01\") { moneyIn charges difference holds } }";
    let proof = label.manager.ask(document, json!({})).await.ok();
    let expected = json!([{ "moneyIn": "16", "charges": "1.6", "difference": "0", "holds": true }]);
    assert_eq!(proof.at("/conservation"), &expected);

    // What is reported keeps the charges it was reported with.
    let late = json!({ "reportId": report["id"], "charges": [] , "paidOn": "2026-02-10" });
    let refused = label.manager.ask(set, json!({ "i": late })).await;
    assert_eq!(refused.user_error("revenueReportPaymentSet"), Some("CHARGES_REPORTED"), "{}", refused.body);

    // The shop issues the file again with the album at 8 EUR; the new one replaces the old one in the open month. Taken
    // back are −16 with −1.60 of charges and −4.95 of royalties; the new file has 8 + 6 = 14, no charges, and
    // 8 / 2 × 50 % + 6 × 50 % = 2.00 + 3.00 = 5.00. Together: −2, payees 0.05, charges −1.60, margin −0.45.
    let again = String::from_utf8(itunes()).unwrap().replace("\t10.00", "\t8.00").into_bytes();
    let again = label.report("itunes-again.txt", again).await;
    assert_eq!(again["state"], "HELD", "{again}");
    let decide = "mutation($i: RevenueReportDecideInput!) { revenueReportDecide(input: $i) { operation { id } userErrors { code } } }";
    let answer =
        label.manager.ask(decide, json!({ "i": { "reportId": again["id"], "decision": "REPLACE" } })).await.ok();
    let ended = label.manager.wait(&answer.text("/revenueReportDecide/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let run = calculate(&label, "2026-02").await;
    let answer = label.manager.ask(TOTALS, json!({ "id": run })).await.ok();
    let expected = json!({
        "currency": "EUR", "lines": "-2", "payees": "0.05", "margin": "-0.45", "charges": "-1.6", "suspense": "0",
    });
    assert_eq!(answer.at("/calculationRun/totals/0"), &expected);
    let document = "{ conservation(from: \"2026-01\", to: \"2026-02\") { moneyIn charges difference holds } }";
    let proof = label.manager.ask(document, json!({})).await.ok();
    let expected = json!([{ "moneyIn": "14", "charges": "0", "difference": "0", "holds": true }]);
    assert_eq!(proof.at("/conservation"), &expected);
}
