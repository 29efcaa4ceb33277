//! Published statements can be proven, and what was changed since is found.

use formats::documents::seal::{Proof, ProofError};
use serde_json::{Value, json};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

use crate::cycle::{calculate, state};

const STATEMENTS: &str = "{ statements(first: 10) { nodes { id number payeeName contentHash
    proof { document fileName position leaves sequence publicKey }
    documents { form fileName contentHash url } } } }";
const VERIFY: &str = "query($id: ID!) { statementVerification(id: $id) { holds checks { kind holds fault } } }";
const BY_FILE: &str = "query($hash: String!) { statementOfFile(contentHash: $hash) { id } }";

async fn download(url: &str) -> Vec<u8> {
    let answer = reqwest::get(url).await.unwrap();
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    answer.bytes().await.unwrap().to_vec()
}

fn faults(answer: &Value) -> Vec<&str> {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().filter(|check| check["holds"] == false).map(|check| check["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_proven_offline_and_a_changed_byte_is_found() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "sealed").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;

    let keys = label.manager.ask("{ statementSealKeys { name publicKey } }", json!({})).await.ok();
    let known = keys.text("/statementSealKeys/0/publicKey");
    let answer = label.manager.ask(STATEMENTS, json!({})).await.ok();
    let statements = answer.at("/statements/nodes").as_array().unwrap().clone();
    assert_eq!(statements.len(), 3);
    let other = app.tenant("stranger").await.1;
    for statement in &statements {
        let proof = &statement["proof"];
        assert_eq!((proof["sequence"].as_str(), proof["leaves"].as_str()), (Some("1"), Some("3")));
        assert_eq!(proof["publicKey"].as_str(), Some(known.as_str()));
        let parsed = Proof::parse(proof["document"].as_str().unwrap().as_bytes()).unwrap();
        let files = statement["documents"].as_array().unwrap();
        assert_eq!(files.len(), 3);
        for file in files {
            let bytes = download(file["url"].as_str().unwrap()).await;
            let verified = parsed.check(&bytes, Some(&parsed.public_key)).unwrap();
            assert_eq!(Some(verified.file.form.as_str()), file["form"].as_str());
            assert_eq!(Some(verified.statement.number.as_str()), statement["number"].as_str());
            let mut changed = bytes.clone();
            let middle = changed.len() / 2;
            changed[middle] ^= 1;
            assert!(matches!(parsed.check(&changed, None), Err(ProofError::OtherFile { .. })));

            let found = label.manager.ask(BY_FILE, json!({ "hash": file["contentHash"] })).await.ok();
            assert_eq!(found.at("/statementOfFile/id"), &statement["id"]);
            let elsewhere = other.ask(BY_FILE, json!({ "hash": file["contentHash"] })).await.ok();
            assert_eq!(elsewhere.at("/statementOfFile"), &Value::Null);
        }
        let checked = label.manager.ask(VERIFY, json!({ "id": statement["id"] })).await.ok();
        let checked = checked.at("/statementVerification");
        assert_eq!(checked["holds"], true, "{checked}");
        assert_eq!(checked["checks"].as_array().unwrap().len(), 6);
        let elsewhere = other.ask(VERIFY, json!({ "id": statement["id"] })).await.ok();
        assert_eq!(elsewhere.at("/statementVerification"), &Value::Null);
    }

    // The whole batch in one zip: every file as it is stored, and every proof.
    let batches = label.manager.ask("{ statementBatches(first: 1) { nodes { archiveUrl } } }", json!({})).await.ok();
    let zip = download(&batches.text("/statementBatches/nodes/0/archiveUrl")).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    assert_eq!(zip.len(), 3 * 4);
    for statement in &statements {
        let number = statement["number"].as_str().unwrap();
        let mut read = |name: String| {
            let mut bytes = Vec::new();
            std::io::copy(&mut zip.by_name(&name).unwrap(), &mut bytes).unwrap();
            bytes
        };
        let proof = Proof::parse(&read(format!("{number}.proof.json"))).unwrap();
        for form in ["pdf", "xlsx", "csv"] {
            proof.check(&read(format!("{number}.{form}")), None).unwrap();
        }
    }

    // Somebody with access to the store changes a published file.
    let victim = statements[0]["id"].as_str().unwrap();
    let key = format!("{}/statements/{victim}.csv", label.tenant_id);
    let mut bytes = app.core.storage.get(&key).await.unwrap().to_vec();
    bytes[40] ^= 1;
    app.core.storage.put(&key, bytes.into()).await.unwrap();
    let checked = label.manager.ask(VERIFY, json!({ "id": victim })).await.ok();
    assert_eq!(faults(checked.at("/statementVerification")), ["FILES"]);

    // No role of the program can change what the chain of seals is made of; the owner of the database can, and is found.
    sqlx::query("UPDATE statement_seal SET sealed_at = sealed_at + interval '1 second'")
        .execute(&mut owner(&app).await)
        .await
        .unwrap();
    let checked = label.manager.ask(VERIFY, json!({ "id": statements[1]["id"] })).await.ok();
    assert_eq!(faults(checked.at("/statementVerification")), ["SIGNATURE"]);
}

/// A connection as the owner with row security out of the way, as a thief of the whole database has.
async fn owner(app: &TestApp) -> sqlx::PgConnection {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(&app.urls.owner).await.unwrap();
    sqlx::query("ALTER TABLE statement_seal NO FORCE ROW LEVEL SECURITY").execute(&mut connection).await.unwrap();
    connection
}

const DRILL: &str = "query($id: ID!, $path: [StatementDrillStep!]!, $by: StatementDimension!) {
    statementDrill(id: $id, path: $path, by: $by) { units royalty { amount }
        rows { key label code units royalty { amount } exact { amount } } } }";
const LINES: &str = "query($id: ID!, $path: [StatementDrillStep!]!, $first: Int!, $after: String) {
    statementLines(id: $id, path: $path, first: $first, after: $after) { hasMore end
        nodes { id amount { amount } reportLine { territory lineNo } explanation { steps { __typename } } } } }";

/// Anna's 150.00: 0.6 × 50 % of 400 from Germany is 120, of 100 from the United States 30 (less what lies beyond the 18th
/// place). Every level adds up to the row above it, down to lines that can be explained.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_can_be_followed_down_to_its_lines() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "drilled").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    state(&label, "2026-01").await;
    let answer = label.manager.ask(STATEMENTS, json!({})).await.ok();
    let all = answer.at("/statements/nodes").as_array().unwrap();
    let anna = all.iter().find(|node| node["payeeName"] == "Anna Ätherwell").unwrap()["id"].clone();

    let mut path: Vec<Value> = Vec::new();
    let mut above = "150.00".to_owned();
    for by in ["PLATFORM", "RELEASE", "TRACK", "TERRITORY"] {
        let answer = label.manager.ask(DRILL, json!({ "id": anna, "path": path, "by": by })).await.ok();
        let level = answer.at("/statementDrill");
        assert_eq!(level["royalty"]["amount"], json!(above), "{by}");
        let rows = level["rows"].as_array().unwrap();
        let sum: rust_decimal::Decimal = rows
            .iter()
            .map(|row| row["royalty"]["amount"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap())
            .sum();
        assert_eq!(sum.to_string(), above, "{by} does not add up");
        path.push(json!({ "by": by, "key": rows[0]["key"] }));
        above = rows[0]["royalty"]["amount"].as_str().unwrap().to_owned();
        if by == "TERRITORY" {
            let row = |at: usize| (rows[at]["code"].as_str().unwrap(), rows[at]["royalty"]["amount"].as_str().unwrap());
            assert_eq!((row(0), row(1)), (("DE", "120.00"), ("US", "30.00")));
            assert_eq!(rows[0]["units"], "1000");
        }
    }
    let answer = label.manager.ask(LINES, json!({ "id": anna, "path": path, "first": 10 })).await.ok();
    let nodes = answer.at("/statementLines/nodes").as_array().unwrap();
    assert_eq!(nodes.len(), 1);
    assert_eq!((&nodes[0]["amount"]["amount"], &nodes[0]["reportLine"]["territory"]), (&json!("120"), &json!("DE")));
    assert!(!nodes[0]["explanation"]["steps"].as_array().unwrap().is_empty());

    // All lines, one by one.
    let first = label.manager.ask(LINES, json!({ "id": anna, "path": [], "first": 1 })).await.ok();
    assert_eq!(first.at("/statementLines/hasMore"), &json!(true));
    let after = first.at("/statementLines/end").clone();
    let second = label.manager.ask(LINES, json!({ "id": anna, "path": [], "first": 1, "after": after })).await.ok();
    assert_eq!(second.at("/statementLines/hasMore"), &json!(false));
    assert_ne!(first.at("/statementLines/nodes/0/id"), second.at("/statementLines/nodes/0/id"));

    let wrong = json!({ "id": anna, "path": [{ "by": "PLATFORM", "key": "Nowhere" }], "by": "TRACK" });
    assert_eq!(label.manager.ask(DRILL, wrong).await.error_code(), Some("BAD_USER_INPUT"));
    let twice = json!({ "id": anna, "path": [{ "by": "TRACK", "key": "x" }], "by": "TRACK" });
    assert_eq!(label.manager.ask(DRILL, twice).await.error_code(), Some("BAD_USER_INPUT"));
    let other = app.tenant("other").await.1;
    let elsewhere = other.ask(DRILL, json!({ "id": anna, "path": [], "by": "TRACK" })).await.ok();
    assert_eq!(elsewhere.at("/statementDrill"), &Value::Null);
}

/// A picture of 8 × 4 pixels in one colour.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000008000000040806000000b3cd7ef00000001249444154789c63e02fcbfb8f0f33d05e0100e1653e41bf60cdc60000000049454e44ae426082";

async fn set(label: &Label, key: &str, value: Value) {
    let document = "mutation($i: SettingSetInput!) { settingSet(input: $i) { userErrors { code message } } }";
    let input = json!({ "key": key, "level": "TENANT", "expectedVersion": 0, "value": value });
    label.owner.ask(document, json!({ "i": input })).await.ok();
}

/// The house of the sender: language, name, address, colour, paper and logo come from the settings, and whatever is
/// wrong with a logo is said.
#[tokio::test(flavor = "multi_thread")]
async fn statements_wear_the_colours_of_their_house() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "house").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;

    let add = "mutation($i: BrandLogoAddInput!) { brandLogoAdd(input: $i) { logo { hash width height } userErrors { code message } } }";
    let svg =
        label.owner.upload("logo.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>".to_vec()).await;
    let refused = label.owner.ask(add, json!({ "i": { "uploadId": svg } })).await;
    assert_eq!(refused.user_error("brandLogoAdd"), Some("LOGO_INVALID"), "{}", refused.body);
    assert!(refused.body.to_string().contains("SVG"), "{}", refused.body);
    let png: Vec<u8> = (0..PNG.len() / 2).map(|at| u8::from_str_radix(&PNG[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let upload = label.owner.upload("logo.png", png).await;
    let logo = label.owner.ask(add, json!({ "i": { "uploadId": upload } })).await.ok();
    assert_eq!(logo.at("/brandLogoAdd/logo/width"), &json!(8));

    set(&label, "brand_logo", json!(logo.text("/brandLogoAdd/logo/hash"))).await;
    set(&label, "brand_sender_name", json!("Haus der Töne GmbH")).await;
    set(&label, "brand_sender_address", json!("Torstraße 140\n10119 Berlin")).await;
    set(&label, "brand_accent_colour", json!("#0f766e")).await;
    set(&label, "brand_footer", json!("HRB 120345 B")).await;
    set(&label, "locale", json!("de-DE")).await;
    set(&label, "statement_page_size", json!("LETTER")).await;
    state(&label, "2026-01").await;

    let answer = label.manager.ask(STATEMENTS, json!({})).await.ok();
    let statement = &answer.at("/statements/nodes").as_array().unwrap()[0];
    for file in statement["documents"].as_array().unwrap() {
        if file["form"] == "CSV" {
            let csv = String::from_utf8(download(file["url"].as_str().unwrap()).await).unwrap();
            for words in ["Haus der Töne GmbH", "Endsaldo", "HRB 120345 B", "Deutschland", "Streaming"] {
                assert!(csv.contains(words), "{words} is not in {csv}");
            }
        }
        if file["form"] == "PDF" {
            let pdf = download(file["url"].as_str().unwrap()).await;
            assert!(
                pdf.windows(14).any(|window| window == b"/Subtype/Image" || window.starts_with(b"/Image")),
                "no logo"
            );
        }
    }
    let checked = label.manager.ask(VERIFY, json!({ "id": statement["id"] })).await.ok();
    assert_eq!(checked.at("/statementVerification/holds"), &json!(true), "{}", checked.body);
}

/// Draft → in review → back with a reason → in review → approved → recalled → approved → published; a published batch
/// cannot be recalled.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_reviewed_and_recalled_before_publication_only() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "review").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    let create = "mutation($i: StatementBatchCreateInput!) { statementBatchCreate(input: $i) { batch { id } operation { id } userErrors { code message } } }";
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "review" });
    let made = label.manager.ask(create, json!({ "i": input })).await.ok();
    label.manager.wait(&made.text("/statementBatchCreate/operation/id")).await;
    let id = made.text("/statementBatchCreate/batch/id");

    let change = async |field: &str, input_type: &str, remark: Option<&str>| {
        let seen = label
            .manager
            .ask("query($id: ID!) { statementBatch(id: $id) { version } }", json!({ "id": id }))
            .await
            .ok();
        let mut input = json!({ "id": id, "expectedVersion": seen.at("/statementBatch/version") });
        if let Some(remark) = remark {
            input["remark"] = json!(remark);
        }
        let document = format!(
            "mutation($i: {input_type}!) {{ {field}(input: $i) {{ batch {{ state remark approvedAt }} userErrors {{ code message }} }} }}"
        );
        let who = if field == "statementBatchSubmit" { &label.manager } else { &label.approver };
        who.ask(&document, json!({ "i": input })).await
    };
    let (submit, recall) =
        (("statementBatchSubmit", "StatementBatchChangeInput"), ("statementBatchRecall", "StatementBatchRecallInput"));
    let approve = ("statementBatchApprove", "StatementBatchChangeInput");

    let answer = change(submit.0, submit.1, None).await.ok();
    assert_eq!(answer.at("/statementBatchSubmit/batch/state"), &json!("IN_REVIEW"));
    let answer = change(recall.0, recall.1, Some("  ")).await;
    assert_eq!(answer.user_error("statementBatchRecall"), Some("REMARK_INVALID"), "{}", answer.body);
    let answer = change(recall.0, recall.1, Some("The rate of January is wrong.")).await.ok();
    assert_eq!(answer.at("/statementBatchRecall/batch/state"), &json!("DRAFT"));
    assert_eq!(answer.at("/statementBatchRecall/batch/remark"), &json!("The rate of January is wrong."));
    change(submit.0, submit.1, None).await.ok();
    let answer = change(approve.0, approve.1, None).await.ok();
    assert_eq!(answer.at("/statementBatchApprove/batch/state"), &json!("APPROVED"));
    let answer = change(recall.0, recall.1, Some("One more look.")).await.ok();
    assert_eq!(answer.at("/statementBatchRecall/batch/approvedAt"), &Value::Null);
    change(approve.0, approve.1, None).await.ok();
    let seen =
        label.manager.ask("query($id: ID!) { statementBatch(id: $id) { version } }", json!({ "id": id })).await.ok();
    let publish = "mutation($i: StatementBatchPublishInput!) { statementBatchPublish(input: $i) { operation { id } userErrors { code message } } }";
    let input = json!({ "id": id, "expectedVersion": seen.at("/statementBatch/version"), "idempotencyKey": "go" });
    let answer = label.approver.ask(publish, json!({ "i": input })).await.ok();
    label.approver.wait(&answer.text("/statementBatchPublish/operation/id")).await;
    let answer = change(recall.0, recall.1, Some("Too late.")).await;
    assert_eq!(answer.user_error("statementBatchRecall"), Some("INVALID_STATE"), "{}", answer.body);
}
