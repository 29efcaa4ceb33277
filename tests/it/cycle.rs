//! The royalty cycle through the public API, with every figure worked out by hand.
//!
//! Receipts under contract: 400 + 100 = 500 EUR (digits beyond 18 places are cut and accounted for).
//! Royalty: 50 % of 500 = 250. Splits: Anna 0.6 × 250 = 150; Bo 0.4 × 0.75 × 250 = 75; the estate
//! 0.4 × 0.25 × 250 = 25. The advance of 100 is recouped in proportion: 60, 30, 10. Payable: 90, 45, 15.
//! The second recording (0.333333333333333333) is under no contract and waits; 7.25 waits for an item.

use serde_json::{Value, json};
use tests::{CONTRACTS, Client, Label, STREAMS, TestApp, spotify};

pub async fn start(client: &Client, field: &str, input_type: &str, input: Value, result: &str) -> (String, Value) {
    let document = format!(
        "mutation($i: {input_type}!) {{ {field}(input: $i) {{ {result} {{ id version }} operation {{ id }} userErrors {{ code message }} }} }}"
    );
    let answer = client.ask(&document, json!({ "i": input })).await.ok();
    let ended = client.wait(&answer.text(&format!("/{field}/operation/id"))).await;
    (answer.text(&format!("/{field}/{result}/id")), ended)
}

pub async fn version(client: &Client, field: &str, id: &str) -> i64 {
    let answer =
        client.ask(&format!("query($id: ID!) {{ {field}(id: $id) {{ version }} }}"), json!({ "id": id })).await.ok();
    answer.at(&format!("/{field}/version")).as_i64().unwrap()
}

/// Runs, approves and finalises the calculation of a month.
pub async fn calculate(label: &Label, month: &str) -> String {
    let key = format!("run:{}:{month}", label.slug);
    let input = json!({ "accountingMonth": month, "idempotencyKey": key });
    let (run, ended) = start(&label.manager, "calculationRunCreate", "CalculationRunCreateInput", input, "run").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let approve = "mutation($i: CalculationRunApproveInput!) { calculationRunApprove(input: $i) { run { id } userErrors { code message } } }";
    let input = json!({ "id": run, "expectedVersion": version(&label.manager, "calculationRun", &run).await });
    label.approver.ask(approve, json!({ "i": input })).await.ok();
    let input = json!({
        "id": run,
        "expectedVersion": version(&label.manager, "calculationRun", &run).await,
        "idempotencyKey": format!("finalise:{run}"),
    });
    let (_, ended) =
        start(&label.approver, "calculationRunFinalise", "CalculationRunFinaliseInput", input, "run").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    run
}

/// Makes, approves and publishes the statements of a month.
pub async fn state(label: &Label, month: &str) -> String {
    let input = json!({ "accountingMonth": month, "idempotencyKey": format!("stm:{}:{month}", label.slug) });
    let (batch, ended) =
        start(&label.manager, "statementBatchCreate", "StatementBatchCreateInput", input, "batch").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let approve = "mutation($i: StatementBatchChangeInput!) { statementBatchApprove(input: $i) { batch { id } userErrors { code message } } }";
    let input = json!({ "id": batch, "expectedVersion": version(&label.manager, "statementBatch", &batch).await });
    label.approver.ask(approve, json!({ "i": input })).await.ok();
    let input = json!({
        "id": batch,
        "expectedVersion": version(&label.manager, "statementBatch", &batch).await,
        "idempotencyKey": format!("publish:{batch}"),
    });
    let (_, ended) =
        start(&label.approver, "statementBatchPublish", "StatementBatchPublishInput", input, "batch").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    batch
}

async fn closings(client: &Client, month: &str) -> Vec<(String, String, String, String)> {
    let answer = client
        .ask(
            "query($m: Month!) { statements(first: 50, filter: { accountingMonth: $m }) { nodes { payeeName royalties { amount } costs { amount } closing { amount } } } }",
            json!({ "m": month }),
        )
        .await
        .ok();
    let text = |node: &Value, field: &str| node[field]["amount"].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = answer
        .at("/statements/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let name = node["payeeName"].as_str().unwrap().to_owned();
            (name, text(node, "royalties"), text(node, "costs"), text(node, "closing"))
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_report_to_paid_and_explained_statements() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "cycle").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    assert_eq!(label.report("spotify_2026-01.tsv", spotify(STREAMS)).await["state"], "IMPORTED");
    let run = calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;

    let row = |name: &str, royalty: &str, cost: &str, closing: &str| {
        (name.to_owned(), royalty.to_owned(), cost.to_owned(), closing.to_owned())
    };
    let stated = closings(&label.manager, "2026-01").await;
    let expected = [
        row("Anna Ätherwell", "150.00", "60.00", "90.00"),
        row("Bo Lindqvist", "75.00", "30.00", "45.00"),
        row("Estate of Cy Vance", "25.00", "10.00", "15.00"),
    ];
    assert_eq!(stated, expected);

    pay(&label, "2026-01").await;
    conservation_holds(&label).await;
    explained(&label, &run).await;
    forms_agree(&label).await;
    own_eyes_only(&app, &label).await;
}

async fn pay(label: &Label, month: &str) {
    // The estate is owed 15, less than what is usually paid out.
    label.set("payment_threshold", json!({ "EUR": "10.00" })).await;
    let create = "mutation($i: PaymentBatchCreateInput!) { paymentBatchCreate(input: $i) { batch { id version contentHash paymentCount } userErrors { code message } } }";
    let input =
        json!({ "accountingMonth": month, "method": "INTERNAL_LEDGER", "idempotencyKey": format!("pay:{month}") });
    let made = label.operator.ask(create, json!({ "i": input })).await.ok();
    assert_eq!(made.at("/paymentBatchCreate/batch/paymentCount").as_i64(), Some(3));
    let batch = made.text("/paymentBatchCreate/batch/id");
    let again = label.operator.ask(create, json!({ "i": input })).await.ok();
    assert_eq!(again.text("/paymentBatchCreate/batch/id"), batch, "a repeated request made a second batch");

    let approve = "mutation($i: PaymentBatchApproveInput!) { paymentBatchApprove(input: $i) { batch { version } userErrors { code message } } }";
    let mut input = json!({
        "id": batch,
        "expectedVersion": made.at("/paymentBatchCreate/batch/version"),
        "contentHash": made.text("/paymentBatchCreate/batch/contentHash"),
    });
    let own = label.operator.ask(approve, json!({ "i": input })).await;
    assert_eq!(own.error_code(), Some("FORBIDDEN"), "the maker's role can approve: {}", own.body);
    input["contentHash"] = json!("0".repeat(64));
    let wrong = label.approver.ask(approve, json!({ "i": input })).await;
    assert_eq!(wrong.user_error("paymentBatchApprove"), Some("CONTENT_CHANGED"), "{}", wrong.body);
    input["contentHash"] = json!(made.text("/paymentBatchCreate/batch/contentHash"));
    let approved = label.approver.ask(approve, json!({ "i": input })).await.ok();

    let input = json!({
        "id": batch,
        "expectedVersion": approved.at("/paymentBatchApprove/batch/version"),
        "idempotencyKey": format!("execute:{batch}"),
    });
    let (_, ended) = start(&label.operator, "paymentBatchExecute", "PaymentBatchExecuteInput", input, "batch").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let answer = label
        .operator
        .ask("{ payments(first: 10) { nodes { amount { amount } state parts { statement { number } } } } payables { amount { amount } } }", json!({}))
        .await
        .ok();
    let mut amounts: Vec<&str> = Vec::new();
    for payment in answer.at("/payments/nodes").as_array().unwrap() {
        assert_eq!(payment["state"], "SETTLED");
        assert!(payment["parts"][0]["statement"]["number"].is_string(), "{payment}");
        amounts.push(payment["amount"]["amount"].as_str().unwrap());
    }
    amounts.sort_unstable();
    assert_eq!(amounts, ["15.00", "45.00", "90.00"]);
    assert_eq!(answer.at("/payables").as_array().map(Vec::len), Some(0), "paid money is still payable");
}

async fn conservation_holds(label: &Label) {
    let answer = label
        .manager
        .ask(
            "{ conservation(from: \"2026-01\", to: \"2026-01\") { currency moneyIn payees margin suspense difference holds } }",
            json!({}),
        )
        .await
        .ok();
    let proof = &answer.at("/conservation")[0];
    assert_eq!(proof["holds"], true, "{proof}");
    let number = |field: &str| {
        let text = proof[field].as_str().unwrap();
        let plain = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        plain.to_owned()
    };
    assert_eq!(number("moneyIn"), "507.583333333333333333000000000001", "{proof}");
    assert_eq!(number("payees"), "250");
    assert_eq!(number("margin"), "250");
    assert_eq!(number("suspense"), "7.583333333333333333");
}

async fn explained(label: &Label, run: &str) {
    let answer = label
        .manager
        .ask(
            "query($run: ID!) { royaltyLines(runId: $run, first: 10) { nodes { amount { amount } explanation { steps { code } } } } }",
            json!({ "run": run }),
        )
        .await
        .ok();
    let lines = answer.at("/royaltyLines/nodes").as_array().unwrap();
    assert_eq!(lines.len(), 6, "two report lines, three payees");
    for line in lines {
        assert!(line["explanation"]["steps"].as_array().unwrap().len() >= 4, "{line}");
    }
}

async fn forms_agree(label: &Label) {
    let answer = label
        .manager
        .ask("{ statements(first: 10) { nodes { closing { amount } documents { form url byteSize } } } }", json!({}))
        .await
        .ok();
    for statement in answer.at("/statements/nodes").as_array().unwrap() {
        let closing = statement["closing"]["amount"].as_str().unwrap();
        let documents = statement["documents"].as_array().unwrap();
        assert_eq!(documents.len(), 3, "{statement}");
        for document in documents {
            let response = reqwest::get(document["url"].as_str().unwrap()).await.unwrap();
            assert_eq!(response.status(), 200, "{document}");
            let bytes = response.bytes().await.unwrap();
            assert_eq!(bytes.len().to_string(), document["byteSize"].as_str().unwrap());
            match document["form"].as_str().unwrap() {
                "PDF" => assert!(bytes.starts_with(b"%PDF")),
                "XLSX" => assert!(bytes.starts_with(b"PK")),
                _ => {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    assert!(text.contains(closing), "the CSV lacks the closing {closing}: {text}");
                }
            }
        }
    }
}

/// A rights holder's user sees their own statements, payments and royalties, and nobody else's.
async fn own_eyes_only(app: &TestApp, label: &Label) {
    let anna = label
        .manager
        .ask("{ partyBy(by: { reference: \"P-ANNA\" }) { id } }", json!({}))
        .await
        .ok()
        .text("/partyBy/id");
    let holder = app.member(&label.owner, &label.slug, "RIGHTS_HOLDER", &[anna]).await;
    let answer = holder
        .ask(
            "{ statements(first: 50) { nodes { payeeName } } payments(first: 50) { nodes { amount { amount } } } payables { amount { amount } } }",
            json!({}),
        )
        .await
        .ok();
    let names: Vec<&str> = answer
        .at("/statements/nodes")
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|node| node["payeeName"].as_str())
        .collect();
    assert_eq!(names, ["Anna Ätherwell"]);
    assert_eq!(answer.at("/payments/nodes").as_array().map(Vec::len), Some(1));
    let refused = holder.ask("{ contracts(first: 5) { nodes { id } } }", json!({})).await;
    assert_eq!(refused.error_code(), Some("FORBIDDEN"), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_their_own_run_and_stale_versions_are_refused() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "eyes").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    // The owner may both make and approve, but never the same run.
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "own" });
    let (run, ended) = start(&label.owner, "calculationRunCreate", "CalculationRunCreateInput", input, "run").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let approve = "mutation($i: CalculationRunApproveInput!) { calculationRunApprove(input: $i) { run { id } userErrors { code message } } }";
    let seen = version(&label.owner, "calculationRun", &run).await;
    let own = label.owner.ask(approve, json!({ "i": { "id": run, "expectedVersion": seen } })).await;
    assert!(own.user_error("calculationRunApprove").is_some(), "{}", own.body);
    let stale = label.approver.ask(approve, json!({ "i": { "id": run, "expectedVersion": seen - 1 } })).await;
    assert_eq!(stale.user_error("calculationRunApprove"), Some("STALE_VERSION"), "{}", stale.body);
    let second = json!({ "i": { "accountingMonth": "2026-01", "idempotencyKey": "second" } });
    let create = "mutation($i: CalculationRunCreateInput!) { calculationRunCreate(input: $i) { run { id } userErrors { code message } } }";
    let refused = label.manager.ask(create, second).await;
    assert_eq!(refused.user_error("calculationRunCreate"), Some("RUN_EXISTS"), "{}", refused.body);
}
