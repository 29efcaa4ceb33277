//! Every key of the configuration changes what the system does. One test per theme; each says what holds without the
//! setting and what with it. A last test fails when a key has none of these.

use chrono::{DateTime, Utc};
use domain::collection::retire_files;
use domain::settings::KEYS;
use platform::db::sql;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

use crate::cycle::{calculate, start, state, version};

/// The keys that the tests below are about.
const TESTED: &[&str] = &[
    "accounting_year_start_month",
    "base_currency",
    "brand_accent_colour",
    "brand_contact_email",
    "brand_footer",
    "brand_logo", // statements.rs
    "brand_sender_address",
    "brand_sender_name",
    "default_royalty_ratio",
    "fx_pivot",
    "fx_sources",
    "graphql_documents", // access.rs
    "locale",
    "payment_approver",
    "payment_currency",
    "payment_threshold",
    "retention_years",
    "rounding_mode",
    "run_approver",
    "statement_approver",
    "statement_calendar",
    "statement_due_days",
    "statement_forms",
    "statement_page_size",
];

#[test]
fn every_key_has_a_test() {
    for key in KEYS {
        assert!(TESTED.contains(&key.key), "`{}` has no test that changing it changes anything", key.key);
    }
}

/// A label whose month of reports is calculated.
async fn calculated(app: &TestApp, slug: &str, contracts: &str) -> Label {
    let label = Label::create(app, slug).await;
    label.import("CONTRACTS", "contracts.csv", contracts).await;
    assert_eq!(label.report("spotify_2026-01.tsv", spotify(STREAMS)).await["state"], "IMPORTED");
    label
}

async fn scalar(app: &TestApp, label: &Label, query: &str) -> Value {
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let row = tx.query_one_raw(sql(query, [label.tenant_id.uuid().into()])).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// The documents that the statements of a tenant were rendered from, by payee.
async fn documents(app: &TestApp, label: &Label) -> Value {
    scalar(
        app,
        label,
        "SELECT coalesce(jsonb_object_agg(document -> 'payee' ->> 'name', document), '{}') FROM statement WHERE tenant_id = $1",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_sent_as_configured() {
    let app = TestApp::start().await;
    let label = calculated(&app, "brand", CONTRACTS).await;
    let anna = label.party("P-ANNA").await;
    let root = label
        .owner
        .ask("{ organisations(first: 1) { nodes { id } } }", json!({}))
        .await
        .ok()
        .text("/organisations/nodes/0/id");
    label.set("brand_sender_name", json!("Quiet Records")).await;
    label.set("brand_sender_address", json!("1 Silent Street\n10115 Berlin")).await;
    label.set("brand_footer", json!("HRB 12345\nVAT DE123456789")).await;
    label.set("brand_accent_colour", json!("#0a7d55")).await;
    label.set("brand_contact_email", json!("royalties@quiet.example")).await;
    label.set("statement_page_size", json!("LETTER")).await;
    label.set("statement_due_days", json!(10)).await;
    label.set("locale", json!("en-US")).await;
    let inherited = label.set_at("RIGHTS_HOLDER", Some(&anna), "statement_forms", json!(["CSV"])).await;
    assert_eq!(inherited["origin"], json!({ "level": "RIGHTS_HOLDER", "subjectId": anna }));
    // The contract is of the tenant itself: what an organisation has configured does not count.
    label.set_at("ORGANISATION", Some(&root), "brand_sender_name", json!("Somebody Else")).await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;

    let all = documents(&app, &label).await;
    let document = &all["Anna Ätherwell"];
    let issuer = json!({
        "name": "Quiet Records", "address": ["1 Silent Street", "10115 Berlin"], "accent": "#0a7d55",
        "legal": ["HRB 12345", "VAT DE123456789"],
    });
    assert_eq!(document["issuer"], issuer);
    assert_eq!(document["how_to_ask"]["email"], "royalties@quiet.example");
    assert_eq!(document["paper"], "letter");
    assert_eq!(document["language"], "en-US");
    // 31 January and 10 days.
    assert_eq!(document["outlook"], json!({ "due_on": "2026-02-10" }));
    // 15.00 is below the usual 25.00.
    assert_eq!(all["Estate of Cy Vance"]["outlook"], json!({ "below_threshold": "25.00" }));

    let answer =
        label.manager.ask("{ statements(first: 10) { nodes { payeeName documents { form } } } }", json!({})).await.ok();
    for node in answer.at("/statements/nodes").as_array().unwrap() {
        let forms = node["documents"].as_array().unwrap().len();
        assert_eq!(forms, if node["payeeName"] == "Anna Ätherwell" { 1 } else { 3 }, "{node}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_speaks_for_its_contracts() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "speaks").await;
    let root = label.owner.ask("{ organisations(first: 1) { nodes { id name } } }", json!({})).await.ok();
    let (id, name) = (root.text("/organisations/nodes/0/id"), root.text("/organisations/nodes/0/name"));
    label.set_at("ORGANISATION", Some(&id), "brand_sender_name", json!("The Sub-Label")).await;
    label
        .import("CONTRACTS", "contracts.csv", &CONTRACTS.replace(",P-BAND,,EUR", &format!(",P-BAND,{name},EUR")))
        .await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;
    assert_eq!(documents(&app, &label).await["Anna Ätherwell"]["issuer"]["name"], "The Sub-Label");
    let shown = label.manager.ask("{ contracts(first: 1) { nodes { organisation { name } } } }", json!({})).await.ok();
    assert_eq!(shown.text("/contracts/nodes/0/organisation/name"), name);
}

async fn stated(label: &Label) -> Vec<(String, String, String)> {
    let answer = label
        .manager
        .ask("{ statements(first: 50) { nodes { payeeName periodFrom periodTo royalties { amount } } } }", json!({}))
        .await
        .ok();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<_> = answer
        .at("/statements/nodes")
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["payeeName"] == "Anna Ätherwell")
        .map(|node| (text(&node["periodFrom"]), text(&node["periodTo"]), text(&node["royalties"]["amount"])))
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_come_by_the_calendar_of_the_contract_and_the_accounting_year() {
    let row = |from: &str, to: &str, amount: &str| (from.to_owned(), to.to_owned(), amount.to_owned());
    let app = TestApp::start().await;
    // The contract does not say: by default quarterly.
    let silent = CONTRACTS.replace(",EUR,MONTHLY,", ",EUR,,");
    let label = calculated(&app, "quarterly", &silent).await;
    for month in ["2026-01", "2026-02", "2026-03"] {
        calculate(&label, month).await;
        state(&label, month).await;
    }
    assert_eq!(stated(&label).await, [row("2026-01-01", "2026-03-31", "150.00")]);

    // With an accounting year from February, January is the last month of a quarter.
    let label = calculated(&app, "february", &silent).await;
    label.set("accounting_year_start_month", json!(2)).await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;
    assert_eq!(stated(&label).await, [row("2026-01-01", "2026-01-31", "150.00")]);

    let label = Label::create(&app, "monthly").await;
    label.set("statement_calendar", json!("MONTHLY")).await;
    label.import("CONTRACTS", "contracts.csv", &silent).await;
    let calendar = label.manager.ask("{ contracts(first: 1) { nodes { calendar } } }", json!({})).await.ok();
    assert_eq!(calendar.text("/contracts/nodes/0/calendar"), "MONTHLY");
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_do_not_say_get_what_is_configured() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "silent").await;
    // The tenant was created with the euro.
    let input = json!({ "level": "TENANT", "key": "base_currency", "value": "SEK", "expectedVersion": 1 });
    let set = "mutation($i: SettingSetInput!) { settingSet(input: $i) { userErrors { code message } } }";
    label.owner.ask(set, json!({ "i": input })).await.ok();
    label.set("default_royalty_ratio", json!("0.2")).await;
    let silent = CONTRACTS.replace(",,EUR,MONTHLY,", ",,,MONTHLY,").replace("NET_RECEIPTS,0.5,", "NET_RECEIPTS,,");
    label.import("CONTRACTS", "contracts.csv", &silent).await;
    let answer = label.manager.ask("{ contracts(first: 1) { nodes { currency } } }", json!({})).await.ok();
    assert_eq!(answer.text("/contracts/nodes/0/currency"), "SEK");
    let model = scalar(&app, &label, "SELECT jsonb_agg(model) FROM term WHERE tenant_id = $1").await;
    assert!(model.to_string().contains("0.2"), "{model}");
}

async fn payables(label: &Label) -> Vec<Value> {
    let answer = label
        .manager
        .ask(
            "{ payables { amount { amount currency } threshold { amount } thresholdLevel skipReason converted { amount { amount currency } rate rateSources } } }",
            json!({}),
        )
        .await
        .ok();
    answer.at("/payables").as_array().unwrap().clone()
}

fn of<'a>(rows: &'a [Value], amount: &str) -> &'a Value {
    rows.iter().find(|row| row["amount"]["amount"] == amount).unwrap_or_else(|| panic!("no {amount} in {rows:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_follow_threshold_and_currency() {
    let app = TestApp::start().await;
    let label = calculated(&app, "pays", CONTRACTS).await;
    let anna = label.party("P-ANNA").await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;

    // Anna 90, Bo 45, the estate 15; the installation pays from 25 on.
    let rows = payables(&label).await;
    assert_eq!(of(&rows, "15.00")["skipReason"], "BELOW_THRESHOLD");
    assert_eq!(of(&rows, "15.00")["thresholdLevel"], "SYSTEM");
    assert_eq!(of(&rows, "45.00")["skipReason"], Value::Null);
    label.set("payment_threshold", json!({ "EUR": "50.00" })).await;
    let rows = payables(&label).await;
    assert_eq!(of(&rows, "45.00")["skipReason"], "BELOW_THRESHOLD");
    assert_eq!(of(&rows, "45.00")["thresholdLevel"], "TENANT");
    assert_eq!(of(&rows, "90.00")["skipReason"], Value::Null);
    label.set_at("RIGHTS_HOLDER", Some(&anna), "payment_threshold", json!({ "EUR": "100.00" })).await;
    let rows = payables(&label).await;
    assert_eq!(of(&rows, "90.00")["skipReason"], "BELOW_THRESHOLD");
    assert_eq!(of(&rows, "90.00")["thresholdLevel"], "RIGHTS_HOLDER");
}

async fn rates(label: &Label, rates: &[(&str, &str, &str)]) {
    let rates: Vec<Value> = rates
        .iter()
        .map(|(base, quote, rate)| json!({ "base": base, "quote": quote, "on": "2026-01-31", "rate": rate }))
        .collect();
    let document =
        "mutation($i: ExchangeRatesSetInput!) { exchangeRatesSet(input: $i) { userErrors { code message } } }";
    label.manager.ask(document, json!({ "i": { "rates": rates } })).await.ok();
}

/// The same rates from the European Central Bank, as its files would bring them.
async fn bank_rates(app: &TestApp, label: &Label, quote: &str, rate: &str) {
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    tx.execute_raw(sql(
        "INSERT INTO exchange_rate (tenant_id, id, source, base, quote, rate_on, rate, created_by, created_at)
         VALUES ($1, gen_random_uuid(), 'ECB', 'EUR', $2, '2026-01-30', $3::numeric, 'test', now())",
        [label.tenant_id.uuid().into(), quote.into(), rate.into()],
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn payees_are_paid_in_their_currency_at_rates_of_the_chosen_sources() {
    let app = TestApp::start().await;
    let label = calculated(&app, "currency", CONTRACTS).await;
    // What a payee wishes would count before what is configured: here nobody wishes anything.
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let nothing = "UPDATE party SET payment_currency = NULL WHERE tenant_id = $1";
    tx.execute_raw(sql(nothing, [label.tenant_id.uuid().into()])).await.unwrap();
    tx.commit().await.unwrap();
    let (anna, bo) = (label.party("P-ANNA").await, label.party("P-BO").await);
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;
    label.set_at("RIGHTS_HOLDER", Some(&anna), "payment_currency", json!("USD")).await;
    label.set_at("RIGHTS_HOLDER", Some(&bo), "payment_currency", json!("SEK")).await;
    let rows = payables(&label).await;
    assert_eq!(of(&rows, "90.00")["skipReason"], "NO_RATE", "there is no rate yet");

    bank_rates(&app, &label, "USD", "1.2").await;
    let converted = |rows: &[Value], amount: &str| of(rows, amount)["converted"].clone();
    // 90 × 1.2 = 108.
    assert_eq!(converted(&payables(&label).await, "90.00")["amount"], json!({ "amount": "108.00", "currency": "USD" }));
    rates(&label, &[("EUR", "USD", "1.1")]).await;
    // What a person entered counts before what was fetched: 90 × 1.1 = 99.
    let paid = converted(&payables(&label).await, "90.00");
    assert_eq!((&paid["amount"]["amount"], &paid["rateSources"]), (&json!("99.00"), &json!(["MANUAL"])));
    label.set("fx_sources", json!(["ECB"])).await;
    let paid = converted(&payables(&label).await, "90.00");
    assert_eq!((&paid["amount"]["amount"], &paid["rateSources"]), (&json!("108.00"), &json!(["ECB"])));

    // Into kronor there is only a way through the pound, which must be the pivot.
    let clear = "mutation($i: SettingClearInput!) { settingClear(input: $i) { userErrors { code message } } }";
    let input = json!({ "level": "TENANT", "key": "fx_sources", "expectedVersion": 1 });
    label.owner.ask(clear, json!({ "i": input })).await.ok();
    rates(&label, &[("GBP", "EUR", "1.25"), ("GBP", "SEK", "12.5")]).await;
    assert_eq!(of(&payables(&label).await, "45.00")["skipReason"], "NO_RATE");
    label.set("fx_pivot", json!("GBP")).await;
    // 45 ÷ 1.25 × 12.5 = 450.
    assert_eq!(converted(&payables(&label).await, "45.00")["amount"], json!({ "amount": "450.00", "currency": "SEK" }));

    pays(&label).await;
    let wallets = scalar(
        &app,
        &label,
        "SELECT jsonb_object_agg(a.currency, (b.credits - b.debits)::numeric(20, 2)::text) FROM ledger_account a
           JOIN ledger_balance b ON b.tenant_id = $1 AND b.account_id = a.id
          WHERE a.tenant_id = $1 AND a.kind = 'WALLET'",
    )
    .await;
    assert_eq!(wallets, json!({ "USD": "99.00", "SEK": "450.00" }));
    let proof = label
        .manager
        .ask("{ conservation(from: \"2026-01\", to: \"2026-01\") { currency holds difference } }", json!({}))
        .await
        .ok();
    for row in proof.at("/conservation").as_array().unwrap() {
        assert_eq!(row["holds"], true, "{row}");
    }
}

/// Makes, approves and executes a batch.
async fn pays(label: &Label) {
    let create = "mutation($i: PaymentBatchCreateInput!) { paymentBatchCreate(input: $i) { batch { id version contentHash } userErrors { code message } } }";
    let input = json!({ "accountingMonth": "2026-01", "method": "INTERNAL_LEDGER", "idempotencyKey": "pay" });
    let made = label.operator.ask(create, json!({ "i": input })).await.ok();
    let batch = made.text("/paymentBatchCreate/batch/id");
    let input = json!({
        "id": batch, "expectedVersion": made.at("/paymentBatchCreate/batch/version"),
        "contentHash": made.text("/paymentBatchCreate/batch/contentHash"),
    });
    let approve = "mutation($i: PaymentBatchApproveInput!) { paymentBatchApprove(input: $i) { batch { version } userErrors { code message } } }";
    let approved = label.approver.ask(approve, json!({ "i": input })).await.ok();
    let input = json!({
        "id": batch, "expectedVersion": approved.at("/paymentBatchApprove/batch/version"), "idempotencyKey": "execute",
    });
    let (_, ended) = start(&label.operator, "paymentBatchExecute", "PaymentBatchExecuteInput", input, "batch").await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_owner_approves_where_the_configuration_says_so() {
    let app = TestApp::start().await;
    let label = calculated(&app, "owners", CONTRACTS).await;
    for key in ["run_approver", "statement_approver", "payment_approver"] {
        label.set(key, json!("OWNER")).await;
    }
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "run" });
    let (run, _) = start(&label.manager, "calculationRunCreate", "CalculationRunCreateInput", input, "run").await;
    let approve = "mutation($i: CalculationRunApproveInput!) { calculationRunApprove(input: $i) { run { id } userErrors { code message } } }";
    let input = json!({ "id": run, "expectedVersion": version(&label.manager, "calculationRun", &run).await });
    let refused = label.approver.ask(approve, json!({ "i": input })).await;
    assert_eq!(refused.user_error("calculationRunApprove"), Some("APPROVER_NOT_ADMITTED"), "{}", refused.body);
    label.owner.ask(approve, json!({ "i": input })).await.ok();
    let input = json!({
        "id": run, "expectedVersion": version(&label.manager, "calculationRun", &run).await, "idempotencyKey": "f",
    });
    start(&label.approver, "calculationRunFinalise", "CalculationRunFinaliseInput", input, "run").await;

    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "stm" });
    let (batch, _) = start(&label.manager, "statementBatchCreate", "StatementBatchCreateInput", input, "batch").await;
    let approve = "mutation($i: StatementBatchChangeInput!) { statementBatchApprove(input: $i) { batch { id } userErrors { code message } } }";
    let input = json!({ "id": batch, "expectedVersion": version(&label.manager, "statementBatch", &batch).await });
    let refused = label.approver.ask(approve, json!({ "i": input })).await;
    assert_eq!(refused.user_error("statementBatchApprove"), Some("APPROVER_NOT_ADMITTED"), "{}", refused.body);
    label.owner.ask(approve, json!({ "i": input })).await.ok();
    let input = json!({
        "id": batch, "expectedVersion": version(&label.manager, "statementBatch", &batch).await, "idempotencyKey": "p",
    });
    start(&label.approver, "statementBatchPublish", "StatementBatchPublishInput", input, "batch").await;

    let create = "mutation($i: PaymentBatchCreateInput!) { paymentBatchCreate(input: $i) { batch { id version contentHash } userErrors { code message } } }";
    let input = json!({ "accountingMonth": "2026-01", "method": "INTERNAL_LEDGER", "idempotencyKey": "pay" });
    let made = label.operator.ask(create, json!({ "i": input })).await.ok();
    let approve = "mutation($i: PaymentBatchApproveInput!) { paymentBatchApprove(input: $i) { batch { id } userErrors { code message } } }";
    let input = json!({
        "id": made.text("/paymentBatchCreate/batch/id"),
        "expectedVersion": made.at("/paymentBatchCreate/batch/version"),
        "contentHash": made.text("/paymentBatchCreate/batch/contentHash"),
    });
    let refused = label.approver.ask(approve, json!({ "i": input })).await;
    assert_eq!(refused.user_error("paymentBatchApprove"), Some("APPROVER_NOT_ADMITTED"), "{}", refused.body);
    label.owner.ask(approve, json!({ "i": input })).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn halves_are_rounded_as_configured() {
    // 50 % of 0.25 is 0.125, for one payee: up to 0.13, or to the even 0.12.
    let one = "contract,record_type,reference,title,kind,party,organisation,currency,calendar,item_kind,item,ratio,territories,platforms,revenue_types,model,base,rate,amount,priority,parent,starts_on,ends_on
T-1,CONTRACT,,Half,RECORDING,P-ANNA,,EUR,MONTHLY,,,,,,,,,,,,,2025-01-01,
T-1,PARTICIPATION,,,PARTICIPATION,,,,,RECORDING,QZFAK2600001,1,,,,,,,,,,,
T-1,TERM,base,Net share,,,,,,,,,,,,PERCENTAGE,NET_RECEIPTS,0.5,,,,,
T-1,SPLIT,anna,,,P-ANNA,,,,,,1,,,,,,,,,,,
";
    let app = TestApp::start().await;
    for (slug, mode, posted) in [("up", None, "0.13"), ("even", Some("HALF_EVEN"), "0.12")] {
        let label = Label::create(&app, slug).await;
        if let Some(mode) = mode {
            label.set("rounding_mode", json!(mode)).await;
        }
        label.import("CONTRACTS", "contracts.csv", one).await;
        label.report("spotify_2026-01.tsv", spotify(&[("QZFAK2600001", "DE", 1, "0.25")])).await;
        calculate(&label, "2026-01").await;
        let found = scalar(&app, &label, "SELECT to_jsonb(posted::text) FROM run_account WHERE tenant_id = $1").await;
        assert_eq!(found, posted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_reports_go_when_their_time_has_passed() {
    let app = TestApp::start().await;
    let label = calculated(&app, "keeps", CONTRACTS).await;
    let at = |day: &str| -> DateTime<Utc> { format!("{day}T00:00:00Z").parse().unwrap() };
    let sweep = |day: &'static str| {
        let mut ctx = app.context(label.tenant_id);
        ctx.now = at(day);
        let core = app.core.clone();
        async move { retire_files(&ctx, &core).await.unwrap() }
    };
    let key = scalar(&app, &label, "SELECT to_jsonb(object_key) FROM revenue_report WHERE tenant_id = $1").await;
    let key = key.as_str().unwrap();
    // Ten years after 2026, the accounting year it was booked in.
    assert_eq!(sweep("2036-12-31").await, 0);
    assert!(app.core.storage.size(key).await.unwrap().is_some());
    label.set("retention_years", json!(1)).await;
    assert_eq!(sweep("2027-12-31").await, 0);
    assert_eq!(sweep("2028-01-01").await, 1);
    assert!(app.core.storage.size(key).await.unwrap().is_none());
    assert_eq!(sweep("2028-01-01").await, 0, "the file was removed twice");
    // The figures stay, and the same file is still known.
    let again = label.report("again.tsv", spotify(STREAMS)).await;
    assert_eq!(again["isDuplicate"], true, "{again}");
    assert_eq!(again["postedCount"].to_string().trim_matches('"'), "3", "{again}");
}
