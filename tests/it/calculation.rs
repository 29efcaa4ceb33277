//! The modes of a calculation, and what must never happen in any of them.

use platform::db::sql;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Answer, CONTRACTS, Client, Label, STREAMS, TestApp, spotify};

use crate::cycle::calculate;

const CREATE: &str = "mutation($i: CalculationRunCreateInput!) { calculationRunCreate(input: $i) { run { id version mode replaces { id } } operation { id } isReplay userErrors { code message } } }";
const SIMULATE: &str = "mutation($i: SimulationCreateInput!) { simulationCreate(input: $i) { simulation { id } operation { id } isReplay userErrors { code message path } } }";
const SIMULATION: &str = "query($id: ID!) { simulation(id: $id) {
    state runCount lineCount changedLineCount
    currencies { currency part amount { before after change } }
    accounts(first: 10) { nodes { party { name } currency earned { before after change } recouped { before after } payable { before after change } } }
    items(first: 10) { nodes { item { kind } earned { before after change } } }
    lines(first: 10) { nodes { lineNo party { name } amount { before after change } } } } }";

/// A label with the usual contract, and nothing reported yet.
async fn label(app: &TestApp, slug: &str) -> Label {
    let label = Label::create(app, slug).await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label
}

/// Imports a report into a month and gives the report's id.
async fn report(label: &Label, month: &str, name: &str, rows: &[(&str, &str, u32, &str)]) -> String {
    let upload = label.manager.upload(name, spotify(rows)).await;
    let answer = label
        .manager
        .ask(
            "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { report { id accountingMonth } operation { id } userErrors { code message } } }",
            json!({ "i": { "uploadId": upload, "accountingMonth": month, "idempotencyKey": upload } }),
        )
        .await
        .ok();
    let ended = label.manager.wait(&answer.text("/revenueReportImport/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{name}: {ended}");
    answer.text("/revenueReportImport/report/id")
}

async fn create(label: &Label, month: &str, mode: &str, key: &str) -> Answer {
    let input = json!({ "accountingMonth": month, "mode": mode, "idempotencyKey": key });
    label.manager.ask(CREATE, json!({ "i": input })).await
}

/// A run of a month, computed and not approved.
async fn computed(label: &Label, month: &str, mode: &str, key: &str) -> String {
    let answer = create(label, month, mode, key).await.ok();
    let ended = label.manager.wait(&answer.text("/calculationRunCreate/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    answer.text("/calculationRunCreate/run/id")
}

async fn version(client: &Client, run: &str) -> i64 {
    let answer = client.ask("query($id: ID!) { calculationRun(id: $id) { version } }", json!({ "id": run })).await.ok();
    answer.at("/calculationRun/version").as_i64().unwrap()
}

async fn approve(label: &Label, run: &str) -> Answer {
    let document = "mutation($i: CalculationRunApproveInput!) { calculationRunApprove(input: $i) { run { id } userErrors { code message } } }";
    let input = json!({ "id": run, "expectedVersion": version(&label.manager, run).await });
    label.approver.ask(document, json!({ "i": input })).await
}

/// Finalises an approved run and gives the operation's last state.
async fn finalise(label: &Label, run: &str) -> Value {
    let document = "mutation($i: CalculationRunFinaliseInput!) { calculationRunFinalise(input: $i) { operation { id } userErrors { code message } } }";
    let input = json!({
        "id": run, "expectedVersion": version(&label.manager, run).await, "idempotencyKey": format!("finalise:{run}"),
    });
    let answer = label.approver.ask(document, json!({ "i": input })).await.ok();
    label.approver.wait(&answer.text("/calculationRunFinalise/operation/id")).await
}

/// `name earned posted recouped payable` of every account of a run.
async fn accounts(label: &Label, run: &str) -> Vec<String> {
    let answer = label
        .manager
        .ask(
            "query($id: ID!) { calculationRun(id: $id) { accounts(first: 50) { nodes { party { name } earned { amount } posted { amount } recouped { amount } payable { amount } } } } }",
            json!({ "id": run }),
        )
        .await
        .ok();
    let mut rows: Vec<String> = answer
        .at("/calculationRun/accounts/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let amount = |field: &str| row[field]["amount"].as_str().unwrap().to_owned();
            let fields = ["earned", "posted", "recouped", "payable"].map(amount);
            format!("{} {}", row["party"]["name"].as_str().unwrap(), fields.join(" "))
        })
        .collect();
    rows.sort();
    rows
}

/// Everything of a tenant that a simulation must not touch, as one text.
async fn everything(app: &TestApp, label: &Label) -> String {
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let mut texts = Vec::new();
    for table in [
        "calculation_run",
        "run_input",
        "royalty_line",
        "calculation_suspense",
        "royalty_range",
        "royalty_summary",
        "run_total",
        "run_account",
        "run_recoupment",
        "run_exception",
        "accounting_month",
        "ledger_account",
        "ledger_transfer",
        "ledger_balance",
        "revenue_report",
        "revenue_line",
        "suspense_group",
        "statement",
        "payment",
        "contract",
        "contract_version",
        "term",
        "participation",
        "split",
        "advance",
        "exchange_rate",
    ] {
        let query = format!(
            "SELECT count(*) || ':' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS text FROM {table} t WHERE t.tenant_id = $1"
        );
        let row = tx.query_one_raw(sql(query, [label.tenant_id.uuid().into()])).await.unwrap().unwrap();
        texts.push(format!("{table} {}", row.try_get::<String>("", "text").unwrap()));
    }
    texts.join("\n")
}

async fn contract_id(label: &Label) -> (String, i64) {
    let answer = label.manager.ask("{ contracts(first: 5) { nodes { id version } } }", json!({})).await.ok();
    let id = answer.text("/contracts/nodes/0/id");
    (id, answer.at("/contracts/nodes/0/version").as_i64().unwrap())
}

/// The usual contract from 2025 on, with another rate and a deduction of 10 % before it.
async fn other_version(label: &Label, ratio: &str) -> Value {
    let answer = label
        .manager
        .ask(
            "{ contracts(first: 5) { nodes { currentVersion { splits { party { id } children { party { id } ratio children { party { id } ratio } } } participations { item { id } } } } } }",
            json!({}),
        )
        .await
        .ok();
    let current = answer.at("/contracts/nodes/0/currentVersion").clone();
    fn split(node: &Value) -> Value {
        let children: Vec<Value> = node["children"].as_array().into_iter().flatten().map(split).collect();
        let ratio = node["ratio"].as_str().unwrap_or("1");
        json!({ "partyId": node["party"]["id"], "ratio": ratio, "children": children })
    }
    json!({
        "validFrom": "2025-01-01",
        "participations": [{ "items": { "recordingId": current["participations"][0]["item"]["id"] }, "ratio": "1", "kind": "PARTICIPATION" }],
        "terms": [{
            "name": "Net share", "model": { "percentage": { "base": "NET", "ratio": ratio } },
            "deductions": [{ "name": "distribution fee", "ratio": "0.1" }],
            "reductions": [{ "kind": "TERRITORY", "factor": "0.5", "territories": { "include": ["US"] } }],
        }],
        "splits": current["splits"].as_array().unwrap().iter().map(split).collect::<Vec<_>>(),
    })
}

/// DE 400, US 100 (and a digit that is cut). As it was: 50 % of 500 = 250. As it would be: less 10 % is 360 and 90; at
/// 60 %, and half of it in the US: 216 + 27 = 243. Anna has 0.6 of it: 150 before, 145.8 after. The advance of 100 is
/// recouped in full either way: Anna bears 60 of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_simulation_shows_the_difference_and_changes_nothing() {
    let app = TestApp::start().await;
    let label = label(&app, "whatif").await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    let before = everything(&app, &label).await;
    let (contract, _) = contract_id(&label).await;
    let input = json!({
        "name": "60 % less a fee", "fromMonth": "2026-01", "toMonth": "2026-01", "idempotencyKey": "sim",
        "contracts": [{ "contractId": contract, "version": other_version(&label, "0.6").await }],
    });
    let answer = label.manager.ask(SIMULATE, json!({ "i": input })).await.ok();
    let ended = label.manager.wait(&answer.text("/simulationCreate/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let id = answer.text("/simulationCreate/simulation/id");
    let found = label.manager.ask(SIMULATION, json!({ "id": id })).await.ok();
    let simulation = found.at("/simulation");
    assert_eq!(simulation["state"], "COMPUTED");
    assert_eq!((&simulation["runCount"], &simulation["lineCount"]), (&json!(1), &json!("3")));
    assert_eq!(simulation["changedLineCount"], "2");
    let nodes = |list: &str| simulation[list]["nodes"].as_array().unwrap().clone();
    let anna = nodes("accounts").into_iter().find(|row| row["party"]["name"] == "Anna Ätherwell").unwrap();
    assert_eq!(anna["earned"], json!({ "before": "150", "after": "145.8", "change": "-4.2" }));
    assert_eq!(anna["recouped"], json!({ "before": "60", "after": "60" }));
    assert_eq!(anna["payable"], json!({ "before": "90", "after": "85.8", "change": "-4.2" }));
    assert_eq!(nodes("items")[0]["earned"], json!({ "before": "250", "after": "243", "change": "-7" }));
    // The largest difference of a line: the US row gives Anna 16.2 instead of 30.
    assert_eq!(nodes("lines")[0]["amount"], json!({ "before": "30", "after": "16.2", "change": "-13.8" }));
    assert_eq!(nodes("lines").len(), 6);
    let payees = simulation["currencies"].as_array().unwrap().iter().find(|row| row["part"] == "PAYEES").unwrap();
    assert_eq!(payees["amount"], json!({ "before": "250", "after": "243", "change": "-7" }));
    assert_eq!(everything(&app, &label).await, before, "a simulation changed something");

    let again = label.manager.ask(SIMULATE, json!({ "i": input })).await.ok();
    assert_eq!(again.at("/simulationCreate/isReplay"), &json!(true), "{}", again.body);
    let mut bad = input.clone();
    bad["idempotencyKey"] = json!("bad");
    bad["contracts"][0]["version"]["splits"][0]["ratio"] = json!("0.9");
    let refused = label.manager.ask(SIMULATE, json!({ "i": bad })).await;
    assert_eq!(refused.user_error("simulationCreate"), Some("SPLIT_SUM"), "{}", refused.body);
    let nothing = json!({ "name": "n", "fromMonth": "2026-01", "toMonth": "2026-01", "idempotencyKey": "none" });
    let refused = label.manager.ask(SIMULATE, json!({ "i": nothing })).await;
    assert_eq!(refused.user_error("simulationCreate"), Some("SIMULATION_WITHOUT_CHANGES"), "{}", refused.body);
    assert_eq!(everything(&app, &label).await, before, "a refused simulation changed something");
}

/// A contract that is corrected after its month was closed: the recalculation proposes what it would be now, and the
/// month stays as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_month_is_recalculated_as_a_proposal() {
    let app = TestApp::start().await;
    let label = label(&app, "closed").await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    let run = calculate(&label, "2026-01").await;
    let (contract, seen) = contract_id(&label).await;
    let add = "mutation($i: ContractVersionAddInput!) { contractVersionAdd(input: $i) { contract { currentVersion { terms { summary deductions { name ratio } reductions { factor } } } } userErrors { code message path } } }";
    let input =
        json!({ "contractId": contract, "expectedVersion": seen, "version": other_version(&label, "0.6").await });
    let saved = label.manager.ask(add, json!({ "i": input })).await.ok();
    let term = saved.at("/contractVersionAdd/contract/currentVersion/terms/0");
    assert_eq!(term["deductions"], json!([{ "name": "distribution fee", "ratio": "0.1" }]));
    assert_eq!(term["reductions"], json!([{ "factor": "0.5" }]));
    assert_eq!(term["summary"], "60 % of net receipts, less 10 % distribution fee, 50 % of the rate by territory");

    let before = accounts(&label, &run).await;
    let document = "mutation($i: RecalculationCreateInput!) { recalculationCreate(input: $i) { simulation { id kind } operation { id } userErrors { code message } } }";
    let input =
        json!({ "name": "corrected", "fromMonth": "2026-01", "toMonth": "2026-01", "idempotencyKey": "recalc" });
    let answer = label.manager.ask(document, json!({ "i": input })).await.ok();
    assert_eq!(answer.at("/recalculationCreate/simulation/kind"), &json!("RECALCULATION"));
    let ended = label.manager.wait(&answer.text("/recalculationCreate/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let id = answer.text("/recalculationCreate/simulation/id");
    let found = label.manager.ask(SIMULATION, json!({ "id": id })).await.ok();
    let items = found.at("/simulation/items/nodes");
    assert_eq!(items[0]["earned"], json!({ "before": "250", "after": "243", "change": "-7" }));
    assert_eq!(accounts(&label, &run).await, before, "a closed month changed");
    let refused = create(&label, "2026-01", "RECALCULATION", "again").await;
    assert_eq!(refused.user_error("calculationRunCreate"), Some("MONTH_CLOSED"), "{}", refused.body);
}

/// Two incremental runs and the batch that closes the month give together what one batch gives: Anna has 0.3 of all
/// receipts of 700, which is 210.
#[tokio::test(flavor = "multi_thread")]
async fn incremental_runs_add_up_to_a_batch() {
    let app = TestApp::start().await;
    let steps = label(&app, "steps").await;
    report(&steps, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "400.00")]).await;
    let first = computed(&steps, "2026-01", "INCREMENTAL", "one").await;
    approve(&steps, &first).await.ok();
    assert_eq!(finalise(&steps, &first).await["state"], "SUCCEEDED");
    // 400 × 0.5 = 200; 100 recouped. The month is open: the same report is not computed again, a new one is.
    assert_eq!(accounts(&steps, &first).await[0], "Anna Ätherwell 120 120.00 60.00 60.00");
    report(&steps, "2026-01", "b.tsv", &[("QZFAK2600001", "US", 5, "100.00"), ("QZFAK2600001", "SE", 1, "200.00")])
        .await;
    let second = computed(&steps, "2026-01", "BATCH", "two").await;
    approve(&steps, &second).await.ok();
    assert_eq!(finalise(&steps, &second).await["state"], "SUCCEEDED");
    assert_eq!(accounts(&steps, &second).await[0], "Anna Ätherwell 90 90.00 0.00 90.00");
    let closed = create(&steps, "2026-01", "INCREMENTAL", "three").await;
    assert_eq!(closed.user_error("calculationRunCreate"), Some("MONTH_CLOSED"), "{}", closed.body);

    let whole = label(&app, "whole").await;
    report(&whole, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "400.00")]).await;
    report(&whole, "2026-01", "b.tsv", &[("QZFAK2600001", "US", 5, "100.00"), ("QZFAK2600001", "SE", 1, "200.00")])
        .await;
    let run = calculate(&whole, "2026-01").await;
    assert_eq!(accounts(&whole, &run).await[0], "Anna Ätherwell 210 210.00 60.00 150.00");
    // The statements of the month show both runs.
    for label in [&steps, &whole] {
        crate::cycle::state(label, "2026-01").await;
        let stated = label
            .manager
            .ask("{ statements(first: 9) { nodes { payeeName royalties { amount } costs { amount } closing { amount } } } }", json!({}))
            .await
            .ok();
        let nodes = stated.at("/statements/nodes").as_array().unwrap().clone();
        let anna = nodes.iter().find(|row| row["payeeName"] == "Anna Ätherwell").unwrap();
        assert_eq!(anna["royalties"]["amount"], "210.00", "{}", label.slug);
        assert_eq!((&anna["costs"]["amount"], &anna["closing"]["amount"]), (&json!("60.00"), &json!("150.00")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recalculation_takes_the_place_of_a_run_that_is_not_final() {
    let app = TestApp::start().await;
    let label = label(&app, "replace").await;
    let early = create(&label, "2026-01", "RECALCULATION", "early").await;
    assert_eq!(early.user_error("calculationRunCreate"), Some("NOTHING_TO_REPLACE"), "{}", early.body);
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "400.00")]).await;
    let first = computed(&label, "2026-01", "BATCH", "one").await;
    report(&label, "2026-01", "b.tsv", &[("QZFAK2600001", "AT", 10, "100.00")]).await;
    let second = computed(&label, "2026-01", "RECALCULATION", "two").await;
    let answer = label
        .manager
        .ask("query($a: ID!, $b: ID!) { a: calculationRun(id: $a) { state } b: calculationRun(id: $b) { state mode replaces { id } } }", json!({ "a": first, "b": second }))
        .await
        .ok();
    assert_eq!(answer.at("/a/state"), &json!("DISCARDED"));
    assert_eq!(
        answer.at("/b"),
        &json!({ "state": "CALCULATED", "mode": "RECALCULATION", "replaces": { "id": first } })
    );
    assert_eq!(accounts(&label, &second).await[0], "Anna Ätherwell 150 150.00 60.00 90.00");
}

/// Money that comes after its month was closed: reported in the next one, linked to its origin. January: 0.3 of 100 is 30
/// for Anna; the advance of 100 takes all of it. The late 2 of January give her 0.6 in February.
#[tokio::test(flavor = "multi_thread")]
async fn late_money_is_reported_in_the_next_month() {
    let app = TestApp::start().await;
    let label = label(&app, "late").await;
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "100.00")]).await;
    let january = calculate(&label, "2026-01").await;
    assert_eq!(accounts(&label, &january).await[0], "Anna Ätherwell 30 30.00 30.00 0.00");
    let late = report(&label, "2026-01", "late.tsv", &[("QZFAK2600001", "AT", 1, "2.00")]).await;
    let answer = label
        .manager
        .ask("query($id: ID!) { revenueReport(id: $id) { accountingMonth } }", json!({ "id": late }))
        .await
        .ok();
    assert_eq!(answer.at("/revenueReport/accountingMonth"), &json!("2026-02"), "a closed month took money");
    let february = calculate(&label, "2026-02").await;
    let rows = accounts(&label, &february).await;
    assert_eq!(rows[0], "Anna Ätherwell 0.6 0.60 0.60 0.00");
    let answer = label
        .manager
        .ask(
            "query($run: ID!) { royaltyLines(runId: $run, first: 5) { nodes { reportLine { saleFrom lineNo } } } }",
            json!({ "run": february }),
        )
        .await
        .ok();
    assert_eq!(answer.at("/royaltyLines/nodes/0/reportLine/saleFrom"), &json!("2026-01-01"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_at_once_one_makes_a_run_and_fifteen_are_refused() {
    let app = TestApp::start().await;
    let label = label(&app, "sixteen").await;
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "100.00")]).await;
    let keys: Vec<String> = (0..16).map(|number| format!("key {number}")).collect();
    let asked = keys.iter().map(|key| create(&label, "2026-01", "BATCH", key));
    let answers = futures::future::join_all(asked).await;
    let made: Vec<&Answer> =
        answers.iter().filter(|answer| answer.at("/calculationRunCreate/run/id").is_string()).collect();
    let refused =
        answers.iter().filter(|answer| answer.user_error("calculationRunCreate") == Some("RUN_EXISTS")).count();
    assert_eq!((made.len(), refused), (1, 15), "{:?}", answers.iter().map(|one| &one.body).collect::<Vec<_>>());
    let ended = label.manager.wait(&made[0].text("/calculationRunCreate/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let listed = label.manager.ask("{ calculationRuns(first: 20) { nodes { id } } }", json!({})).await.ok();
    assert_eq!(listed.at("/calculationRuns/nodes").as_array().map(Vec::len), Some(1));
}

/// Two months computed from the same lines: whoever is finalised first reports them, the other one is outdated, and
/// nothing is reported twice.
#[tokio::test(flavor = "multi_thread")]
async fn an_outdated_run_cannot_be_finalised() {
    let app = TestApp::start().await;
    let label = label(&app, "outdated").await;
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "100.00")]).await;
    let january = computed(&label, "2026-01", "BATCH", "january").await;
    let february = computed(&label, "2026-02", "BATCH", "february").await;
    approve(&label, &january).await.ok();
    approve(&label, &february).await.ok();
    assert_eq!(finalise(&label, &january).await["state"], "SUCCEEDED");
    let outdated = finalise(&label, &february).await;
    assert_eq!(outdated["state"], "FAILED", "{outdated}");
    assert_eq!(outdated["failure"]["code"], "RUN_OUTDATED", "{outdated}");
    let answer = label
        .manager
        .ask(
            "query($id: ID!) { calculationRun(id: $id) { state } accountingMonths { month state } }",
            json!({ "id": february }),
        )
        .await
        .ok();
    assert_eq!(answer.at("/calculationRun/state"), &json!("APPROVED"));
    let months = answer.at("/accountingMonths").as_array().unwrap();
    assert!(months.iter().any(|month| month["month"] == "2026-02" && month["state"] == "OPEN"), "{months:?}");
    let payable = label.operator.ask("{ payables { amount { amount } } }", json!({})).await.ok();
    assert_eq!(payable.at("/payables").as_array().map(Vec::len), Some(0), "50 of 50 are recouped");
}

/// A run that waits for an exchange rate cannot be approved until somebody says why; one that waits for a contract can.
#[tokio::test(flavor = "multi_thread")]
async fn blocking_exceptions_hold_an_approval_back() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "blocked").await;
    label.import("CONTRACTS", "contracts.csv", &CONTRACTS.replace(",EUR,MONTHLY,", ",USD,MONTHLY,")).await;
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "100.00"), ("QZFAK2600002", "DE", 10, "7.00")])
        .await;
    let run = computed(&label, "2026-01", "BATCH", "one").await;
    let refused = approve(&label, &run).await;
    assert_eq!(refused.user_error("calculationRunApprove"), Some("RUN_BLOCKED"), "{}", refused.body);
    let list = "query($run: ID!) { runExceptions(first: 10, filter: { runId: $run }) { nodes { id code severity isBlocking rowCount amount currency message state version } } }";
    let found = label.manager.ask(list, json!({ "run": run })).await.ok();
    let nodes = found.at("/runExceptions/nodes").as_array().unwrap().clone();
    let codes: Vec<_> =
        nodes.iter().map(|one| (one["code"].as_str().unwrap(), one["isBlocking"].as_bool().unwrap())).collect();
    assert_eq!(codes, [("NO_CONTRACT", false), ("MISSING_RATE", true)]);
    assert_eq!((&nodes[1]["amount"], &nodes[1]["rowCount"]), (&json!("100"), &json!("1")));

    let resolve = "mutation($i: RunExceptionResolveInput!) { runExceptionResolve(input: $i) { exception { state note resolvedBy version } userErrors { code message } } }";
    let mut input = json!({ "id": nodes[1]["id"], "expectedVersion": nodes[1]["version"], "note": " " });
    let empty = label.manager.ask(resolve, json!({ "i": input })).await;
    assert_eq!(empty.user_error("runExceptionResolve"), Some("NOTE_MISSING"), "{}", empty.body);
    input["note"] = json!("The rate comes next week; the line may wait.");
    let own = label.approver.ask(resolve, json!({ "i": input })).await;
    assert_eq!(own.error_code(), Some("FORBIDDEN"), "who approves cannot clear the way: {}", own.body);
    label.manager.ask(resolve, json!({ "i": input })).await.ok();
    let twice = label.manager.ask(resolve, json!({ "i": input })).await;
    assert_eq!(twice.user_error("runExceptionResolve"), Some("EXCEPTION_RESOLVED"), "{}", twice.body);
    approve(&label, &run).await.ok();
}

/// A finalised run is what its recorded inputs give; one changed digit is found, with its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_computed_again_byte_for_byte() {
    let app = TestApp::start().await;
    let label = label(&app, "again").await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    let run = calculate(&label, "2026-01").await;
    let ctx = app.context(label.tenant_id);
    let id = run.parse().unwrap();
    let replay = domain::calculation::replay(&ctx, &app.core, id, |_| ()).await.unwrap();
    assert_eq!((replay.lines, replay.royalty_lines, replay.difference), (3, 6, None));

    // Somebody with the owner's rights changes an amount behind the program's back.
    let mut owner = <sqlx::PgConnection as sqlx::Connection>::connect(&app.urls.owner).await.unwrap();
    for statement in [
        "ALTER TABLE royalty_line NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE royalty_line_202601 NO FORCE ROW LEVEL SECURITY",
        "UPDATE royalty_line SET amount = amount + 0.000000000001 WHERE line_no = 4",
    ] {
        sqlx::query(statement).execute(&mut owner).await.unwrap();
    }
    let replay = domain::calculation::replay(&ctx, &app.core, id, |_| ()).await.unwrap();
    let difference = replay.difference.unwrap();
    assert_eq!(difference.what, "royalty line 4: amount");
    assert_ne!(difference.stored, difference.computed);
}

/// Announced transfers reserve and move nothing; what is settled stays, what is withdrawn goes back, neither twice.
#[tokio::test(flavor = "multi_thread")]
async fn transfers_in_two_phases() {
    use domain::ledger::{self, AccountKey, AccountKind, Posting, Transfer};
    let app = TestApp::start().await;
    let (tenant, _) = app.tenant("phases").await;
    let ctx = app.context(tenant);
    let eur = kernel::currency::Currency::parse("EUR").unwrap();
    let month = kernel::period::Month::new(2026, 1).unwrap();
    let (margin, cash) = (AccountKey::of(AccountKind::Margin, eur), AccountKey::of(AccountKind::Cash, eur));
    let (one, two) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
    let posting = |source_id, amount: i64| Posting {
        source_kind: "TEST",
        source_id,
        month,
        transfers: Transfer::signed("hold", margin, cash, rust_decimal::Decimal::from(amount)).into_iter().collect(),
    };
    let tx = app.core.db.tenant(&ctx).await.unwrap();
    ledger::post_pending(&tx, posting(one, 30)).await.unwrap();
    ledger::post_pending(&tx, posting(two, 12)).await.unwrap();
    ledger::post_pending(&tx, posting(one, 30)).await.unwrap();
    let balance = ledger::balance(&tx, &cash).await.unwrap();
    assert_eq!((balance.credits, balance.pending_credits), (0.into(), 42.into()), "a repetition reserved twice");
    assert_eq!(ledger::settle(&tx, "TEST", one, month).await.unwrap(), 1);
    assert_eq!(ledger::settle(&tx, "TEST", one, month).await.unwrap(), 0, "settled twice");
    assert_eq!(ledger::void(&tx, "TEST", two, month).await.unwrap(), 1);
    assert_eq!(ledger::settle(&tx, "TEST", two, month).await.unwrap_err().code(), "TRANSFER_VOIDED");
    assert_eq!(ledger::void(&tx, "TEST", one, month).await.unwrap_err().code(), "TRANSFER_SETTLED");
    let balance = ledger::balance(&tx, &cash).await.unwrap();
    assert_eq!((balance.credits, balance.pending_credits), (30.into(), 0.into()));
    tx.commit().await.unwrap();
}

/// A correction of 12.34 for Anna, approved by a second person: it enters the run, is recouped from as a royalty is, and
/// stands on the statement as a correction. January gives her 0.3 of 100 = 30, so 42.34 are due; the advance of 100 takes
/// all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_correction_needs_a_second_person_and_stands_on_the_statement() {
    let app = TestApp::start().await;
    let label = label(&app, "override").await;
    report(&label, "2026-01", "a.tsv", &[("QZFAK2600001", "DE", 10, "100.00")]).await;
    let (contract, _) = contract_id(&label).await;
    let anna = label
        .manager
        .ask("{ partyBy(by: { reference: \"P-ANNA\" }) { id } }", json!({}))
        .await
        .ok()
        .text("/partyBy/id");
    let propose = "mutation($i: RoyaltyOverrideProposeInput!) { royaltyOverridePropose(input: $i) { royaltyOverride { id version state } userErrors { code message } } }";
    let mut input = json!({
        "contractId": contract, "partyId": anna, "accountingMonth": "2026-01", "amount": "12.345", "reason": "Streams of December that the report lacked",
        "idempotencyKey": "fix",
    });
    let fine = label.owner.ask(propose, json!({ "i": input })).await;
    assert_eq!(fine.user_error("royaltyOverridePropose"), Some("AMOUNT_INVALID"), "{}", fine.body);
    input["amount"] = json!("12.34");
    let made = label.owner.ask(propose, json!({ "i": input })).await.ok();
    let decide = "mutation($i: RoyaltyOverrideDecideInput!) { royaltyOverrideDecide(input: $i) { royaltyOverride { state } userErrors { code message } } }";
    let decision =
        json!({ "id": made.text("/royaltyOverridePropose/royaltyOverride/id"), "expectedVersion": 1, "approve": true });
    let own = label.owner.ask(decide, json!({ "i": decision })).await;
    assert_eq!(own.user_error("royaltyOverrideDecide"), Some("SECOND_PERSON_REQUIRED"), "{}", own.body);
    label.approver.ask(decide, json!({ "i": decision })).await.ok();
    let run = calculate(&label, "2026-01").await;
    assert_eq!(accounts(&label, &run).await[0], "Anna Ätherwell 30 42.34 42.34 0.00");
    crate::cycle::state(&label, "2026-01").await;
    let stated = label
        .manager
        .ask(
            "{ statements(first: 9) { nodes { payeeName royalties { amount } costs { amount } closing { amount } } } }",
            json!({}),
        )
        .await
        .ok();
    let nodes = stated.at("/statements/nodes").as_array().unwrap().clone();
    let row = nodes.iter().find(|row| row["payeeName"] == "Anna Ätherwell").unwrap();
    assert_eq!(row["royalties"]["amount"], "30.00", "{row}");
    assert_eq!((&row["costs"]["amount"], &row["closing"]["amount"]), (&json!("42.34"), &json!("0.00")));
    let ctx = app.context(label.tenant_id);
    let replay = domain::calculation::replay(&ctx, &app.core, run.parse().unwrap(), |_| ()).await.unwrap();
    assert_eq!(replay.difference, None);
}
