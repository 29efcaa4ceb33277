//! Bad input gets a clear answer that says where and what, and changes nothing. What is wrong inside a file is tested
//! where files are read (`formats/src/report/tests`); a killed worker and a killed program have rooms of their own.

use serde_json::{Value, json};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

const CREATE: &str = "mutation($i: ContractCreateInput!) { contractCreate(input: $i) { contract { id version } userErrors { code message path } } }";

/// A contract for Anna alone, before anything is wrong with it.
fn contract(anna: &str) -> Value {
    let term = |name: &str| json!({ "name": name, "model": { "percentage": { "base": "NET", "ratio": "0.5" } } });
    json!({
        "number": "B-1", "name": "Bad", "kind": "RECORDING", "currency": "EUR", "calendar": "MONTHLY", "partyId": anna,
        "version": {
            "validFrom": "2026-01-01", "participations": [], "terms": [term("base")],
            "splits": [{ "partyId": anna, "ratio": "1" }],
        },
    })
}

async fn contracts(label: &Label) -> usize {
    let answer = label.manager.ask("{ contracts(first: 100) { nodes { id } } }", json!({})).await.ok();
    answer.at("/contracts/nodes").as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_that_cannot_be_are_refused_at_their_place() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "bad").await;
    let (anna, bo) = (label.party("P-ANNA").await, label.party("P-BO").await);
    let refused = |input: Value| {
        let manager = label.manager.clone();
        async move {
            let answer = manager.ask(CREATE, json!({ "i": input })).await;
            let error = answer.at("/contractCreate/userErrors/0").clone();
            assert!(error["message"].as_str().is_some_and(|text| text.len() > 10), "{}", answer.body);
            (error["code"].as_str().unwrap().to_owned(), error["path"].to_string())
        }
    };
    // 0.6 + 0.399 = 0.999.
    let mut short = contract(&anna);
    short["version"]["splits"] = json!([{ "partyId": anna, "ratio": "0.6" }, { "partyId": bo, "ratio": "0.399" }]);
    let (code, path) = refused(short).await;
    assert_eq!(code, "SPLIT_SUM");
    assert!(path.contains("splits"), "{path}");
    // Two terms for the same lines at the same time.
    let mut tied = contract(&anna);
    tied["version"]["terms"] = json!([tied["version"]["terms"][0], tied["version"]["terms"][0]]);
    let (code, path) = refused(tied).await;
    assert_eq!(code, "TERM_TIE");
    assert!(path.contains("terms"), "{path}");
    // Somebody else's party, and one that nobody has: the same answer.
    let stranger = Label::create(&app, "stranger").await;
    for id in [stranger.party("P-ANNA").await, "pty_01h455vb4pex5vsknk084sn02q".to_owned()] {
        let mut foreign = contract(&anna);
        foreign["version"]["splits"] = json!([{ "partyId": id, "ratio": "1" }]);
        assert_eq!(refused(foreign).await.0, "PARTY_UNKNOWN");
    }
    // An id of another kind.
    let mut odd = contract(&anna);
    odd["partyId"] = json!("ctr_01h455vb4pex5vsknk084sn02q");
    assert_eq!(refused(odd).await.0, "BAD_USER_INPUT");
    assert_eq!(contracts(&label).await, 0, "something was half done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_without_terms_does_not_come_into_force_and_stale_versions_are_refused() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "gaps").await;
    let mut draft = contract(&label.party("P-ANNA").await);
    draft["version"]["terms"] = json!([]);
    let made = label.manager.ask(CREATE, json!({ "i": draft })).await.ok();
    let id = made.text("/contractCreate/contract/id");
    let activate = "mutation($i: ContractActivateInput!) { contractActivate(input: $i) { contract { status } userErrors { code } } }";
    let answer = label.manager.ask(activate, json!({ "i": { "id": id, "expectedVersion": 1 } })).await;
    let codes = answer.at("/contractActivate/userErrors").to_string();
    assert!(codes.contains("CONTRACT_WITHOUT_TERMS") && codes.contains("CONTRACT_WITHOUT_PARTICIPATIONS"), "{codes}");
    let whole = contract(&label.party("P-ANNA").await);
    let mut whole = whole;
    whole["number"] = json!("B-2");
    let made = label.manager.ask(CREATE, json!({ "i": whole })).await.ok();
    let input = json!({ "id": made.text("/contractCreate/contract/id"), "expectedVersion": 7 });
    let stale = label.manager.ask(activate, json!({ "i": input })).await;
    assert!(stale.at("/contractActivate/contract").is_null(), "{}", stale.body);
    let shown = label
        .manager
        .ask("query($id: ID!) { contract(by: { id: $id }) { status version } }", json!({ "id": id }))
        .await;
    assert_eq!(shown.ok().text("/contract/status"), "DRAFT");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_of_contracts_name_line_and_column_and_refuse_the_contract_whole() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "rows").await;
    // 0.6 + 0.399 under the band.
    let csv = CONTRACTS.replace("P-BOCO,,,,,,0.4,", "P-BOCO,,,,,,0.399,");
    let upload = label.manager.upload("contracts.csv", csv.into_bytes()).await;
    let import = "mutation($i: CatalogueImportInput!) { catalogueImport(input: $i) { operation { id } userErrors { code message } } }";
    let input = json!({ "kind": "CONTRACTS", "uploadId": upload, "idempotencyKey": "bad" });
    let operation = label.manager.ask(import, json!({ "i": input })).await.ok().text("/catalogueImport/operation/id");
    label.manager.wait(&operation).await;
    let errors = label
        .manager
        .ask(
            "query($id: ID!) { importErrors(operationId: $id, first: 50) { nodes { line column code message } } }",
            json!({ "id": operation }),
        )
        .await
        .ok();
    let errors = errors.at("/importErrors/nodes").as_array().unwrap().clone();
    let sum = errors.iter().find(|error| error["code"] == "SPLITS_NOT_ONE").unwrap_or_else(|| panic!("{errors:?}"));
    assert!(sum["message"].as_str().unwrap().contains("0.999"), "{sum}");
    assert_eq!(contracts(&label).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_cut_and_mislabelled_files_book_nothing() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "files").await;
    let whole = spotify(STREAMS);
    let mut utf16: Vec<u8> = vec![0xff, 0xfe];
    let text = String::from_utf8(whole.clone()).unwrap();
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    // Nothing at all is refused before it is stored.
    let create = "mutation($i: StagedUploadCreateInput!) { stagedUploadCreate(input: $i) { upload { id } userErrors { code message } } }";
    let input = json!({ "fileName": "empty.tsv", "byteSize": "0" });
    let empty = label.manager.ask(create, json!({ "i": input })).await;
    assert!(empty.user_error("stagedUploadCreate").is_some(), "{}", empty.body);
    let torn = utf16[..utf16.len() - 1].to_vec();
    for (name, bytes) in [
        ("blank.tsv", b"\n\n".to_vec()),
        ("gzip-that-is-cut.tsv.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b".to_vec()),
        ("half-a-character.tsv", torn),
        ("spotify.csv", b"\x50\x4b\x03\x04not a zip".to_vec()),
    ] {
        let report = label.report(name, bytes).await;
        if report["state"] == "IMPORTED" {
            // A torn last character is one bad row; everything before it is there.
            assert_eq!((name, &report["errorCount"]), ("half-a-character.tsv", &json!("1")), "{report}");
            continue;
        }
        assert_eq!(report["state"], "FAILED", "{name}: {report}");
        assert!(report["failure"]["message"].as_str().is_some_and(|text| text.len() > 15), "{name}: {report}");
        assert_eq!(report["totals"].as_array().map(Vec::len), Some(0), "{name} was booked");
    }
    // The same content in another encoding is read like any.
    assert_eq!(label.report("utf16.tsv", utf16).await["state"], "IMPORTED");
}
