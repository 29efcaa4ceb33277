//! Control totals: what was paid, held against what was reported.

use serde_json::{Value, json};
use tests::{CONTRACTS, Client, Label, STREAMS, TestApp, spotify};

const FIELDS: &str = "id version state amount reported difference open tolerance differences { reason amount note accountingMonth } reports { id }";

async fn change(client: &Client, mutation: &str, input: Value) -> tests::Answer {
    let (name, kind) = (mutation, format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]));
    let document = format!(
        "mutation($i: {kind}!) {{ {name}(input: $i) {{ controlTotal {{ {FIELDS} }} userErrors {{ code message path }} }} }}"
    );
    client.ask(&document, json!({ "i": input })).await
}

fn total(mutation: &str, answer: tests::Answer) -> Value {
    answer.ok().at(&format!("/{mutation}/controlTotal")).clone()
}

async fn account(client: &Client, kind: &str) -> Value {
    let accounts =
        "query($k: LedgerAccountKind!) { ledgerAccounts(filter: { kind: $k }) { nodes { balance currency } } }";
    client.ask(accounts, json!({ "k": kind })).await.ok().at("/ledgerAccounts/nodes").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_held_against_its_reports_and_the_difference_is_booked() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "control").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    // 400 + 100 + 7.25 = 507.25 EUR, of which 7.25 wait in suspense.
    let rows = [("QZFAK2600001", "DE", 10, "400.00"), ("QZFAK2600001", "US", 5, "100.00"), STREAMS[3]];
    let report = label.report("january.tsv", spotify(&rows)).await;
    let manager = &label.manager;

    // Paid were 499.00: 8.25 less than reported; a cent may be open.
    let input = json!({
        "payer": "Spotify", "reference": "PAY-0126", "currency": "EUR", "amount": "499.00", "tolerance": "0.01",
        "receivedOn": "2026-02-20", "reportIds": [report["id"]], "idempotencyKey": "pay-0126",
    });
    let entered = total("controlTotalCreate", change(manager, "controlTotalCreate", input.clone()).await);
    assert_eq!((&entered["state"], &entered["reported"]), (&json!("DIFFERS"), &json!("507.25")), "{entered}");
    assert_eq!((&entered["difference"], &entered["open"]), (&json!("-8.25"), &json!("-8.25")), "{entered}");
    let again = total("controlTotalCreate", change(manager, "controlTotalCreate", input).await);
    assert_eq!(again["id"], entered["id"], "the same request again is the same control total");

    // The month cannot be approved while it differs.
    let create = "mutation($i: CalculationRunCreateInput!) { calculationRunCreate(input: $i) { run { id } operation { id } userErrors { code message } } }";
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "run" });
    let run = manager.ask(create, json!({ "i": input })).await.ok();
    manager.wait(&run.text("/calculationRunCreate/operation/id")).await;
    let id = run.text("/calculationRunCreate/run/id");
    let approve = || async {
        let version =
            manager.ask("query($id: ID!) { calculationRun(id: $id) { version } }", json!({ "id": id })).await.ok();
        let document = "mutation($i: CalculationRunApproveInput!) { calculationRunApprove(input: $i) { run { state } userErrors { code message path } } }";
        let input = json!({ "id": id, "expectedVersion": version.at("/calculationRun/version") });
        label.approver.ask(document, json!({ "i": input })).await
    };
    let refused = approve().await;
    assert_eq!(refused.user_error("calculationRunApprove"), Some("CONTROL_TOTAL_DIFFERS"), "{}", refused.body);

    // Another payment for the same report in the same currency, too much, the wrong sign, an old version: refused.
    let other = json!({
        "payer": "Spotify", "reference": "PAY-X", "currency": "EUR", "amount": "1", "reportIds": [report["id"]],
        "idempotencyKey": "pay-x",
    });
    let answer = change(manager, "controlTotalCreate", other).await;
    assert_eq!(answer.user_error("controlTotalCreate"), Some("REPORT_PAID"), "{}", answer.body);
    let book = |version: i64, reason: &str, amount: Value| json!({ "id": entered["id"], "expectedVersion": version, "reason": reason, "amount": amount, "note": "said the bank" });
    for (version, amount, code) in
        [(1, "-8.26", "DIFFERENCE_TOO_LARGE"), (1, "8.25", "DIFFERENCE_TOO_LARGE"), (7, "-8.25", "STALE_VERSION")]
    {
        let answer = change(manager, "controlTotalDifferenceBook", book(version, "FX", json!(amount))).await;
        assert_eq!(answer.user_error("controlTotalDifferenceBook"), Some(code), "{amount}: {}", answer.body);
    }

    // 5.00 were a bank's fee; of the other 3.25 a cent stays open, which the tolerance allows.
    let booked = total(
        "controlTotalDifferenceBook",
        change(manager, "controlTotalDifferenceBook", book(1, "BANK_FEE", json!("-5.00"))).await,
    );
    assert_eq!((&booked["open"], &booked["state"]), (&json!("-3.25"), &json!("DIFFERS")), "{booked}");
    let booked = total(
        "controlTotalDifferenceBook",
        change(manager, "controlTotalDifferenceBook", book(2, "FX", json!("-3.24"))).await,
    );
    assert_eq!((&booked["open"], &booked["state"]), (&json!("-0.01"), &json!("WITHIN_TOLERANCE")), "{booked}");

    // The ledger has it: the provider owes 507.25 - 8.24, and 8.24 are on an account of their own.
    assert_eq!(account(&label.owner, "RECEIPT_DIFFERENCE").await, json!([{ "balance": "8.24", "currency": "EUR" }]));
    assert_eq!(account(&label.owner, "PROVIDER_RECEIVABLE").await, json!([{ "balance": "499.01", "currency": "EUR" }]));
    let approved = approve().await.ok();
    assert_eq!(approved.at("/calculationRunApprove/run/state"), "APPROVED");

    // Once booked, the reports stay; the rest can be booked whole, and then nothing is left to book.
    let assign = json!({ "id": entered["id"], "expectedVersion": 3, "reportIds": [] });
    let answer = change(manager, "controlTotalAssign", assign).await;
    assert_eq!(answer.user_error("controlTotalAssign"), Some("CONTROL_TOTAL_BOOKED"), "{}", answer.body);
    let booked = total(
        "controlTotalDifferenceBook",
        change(manager, "controlTotalDifferenceBook", book(3, "UNEXPLAINED", Value::Null)).await,
    );
    assert_eq!((&booked["open"], &booked["state"]), (&json!("0"), &json!("AGREED")), "{booked}");
    let answer = change(manager, "controlTotalDifferenceBook", book(4, "FX", Value::Null)).await;
    assert_eq!(answer.user_error("controlTotalDifferenceBook"), Some("CONTROL_TOTAL_AGREED"), "{}", answer.body);

    // Nobody else sees it.
    let (_, stranger) = app.tenant("stranger").await;
    let seen =
        stranger.ask("query($id: ID!) { controlTotal(id: $id) { id } }", json!({ "id": entered["id"] })).await.ok();
    assert!(seen.at("/controlTotal").is_null());
    let answer = change(&stranger, "controlTotalDifferenceBook", book(4, "FX", Value::Null)).await;
    assert_eq!(answer.user_error("controlTotalDifferenceBook"), Some("NOT_FOUND"), "{}", answer.body);
}
