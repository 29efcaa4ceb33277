//! Exchange rates of the European Central Bank, from a server on this machine, in the layout the bank publishes.

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tests::{Client, TestApp};

const DAILY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
	<Cube>
		<Cube time='2026-01-30'>
			<Cube currency='USD' rate='1.1250'/>
			<Cube currency='JPY' rate='170.05'/>
		</Cube>
	</Cube>
</gesmes:Envelope>";

const FETCH: &str = "mutation($i: ExchangeRatesFetchInput!) { exchangeRatesFetch(input: $i) { operation { id } userErrors { code message } } }";

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/eurofxref/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

async fn fetch(client: &Client, file: &str, key: &str) -> Value {
    let answer = client.ask(FETCH, json!({ "i": { "file": file, "idempotencyKey": key } })).await.ok();
    client.wait(&answer.text("/exchangeRatesFetch/operation/id")).await
}

async fn rates(client: &Client) -> Vec<String> {
    let answer =
        client.ask("{ exchangeRates(first: 50) { nodes { base quote on rate source } } }", json!({})).await.ok();
    let mut rows: Vec<String> = answer
        .at("/exchangeRates/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["on", "base", "quote", "rate", "source"].map(|field| row[field].as_str().unwrap()).join(" "))
        .collect();
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_fetched_once_and_a_broken_file_says_why() {
    let mut app = TestApp::start_without_worker().await;
    let router = Router::new().route("/eurofxref/eurofxref-daily.xml", get(|| async { DAILY })).route(
        "/eurofxref/eurofxref-hist.zip",
        get(|| async { "<html><body>The service is under maintenance</body></html>" }),
    );
    app.rates_url = serve(router).await;
    app.start_worker();
    let (_, owner) = app.tenant("rates").await;
    let manager = app.member(&owner, "rates", "ROYALTY_MANAGER", &[]).await;
    for key in ["one", "two"] {
        assert_eq!(fetch(&manager, "LATEST", key).await["state"], "SUCCEEDED");
        let expected = ["2026-01-30 EUR JPY 170.05 ECB", "2026-01-30 EUR USD 1.125 ECB"];
        assert_eq!(rates(&manager).await, expected, "the same rates again change nothing");
    }
    let failed = fetch(&manager, "HISTORY", "three").await;
    assert_eq!(failed["state"], "FAILED", "{failed}");
    assert_eq!(failed["failure"]["code"], "RATES_UNREADABLE", "{failed}");
    assert_eq!(rates(&manager).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_from_a_file_count_as_entered_by_hand_and_bad_rows_are_named() {
    let app = TestApp::start().await;
    let (_, owner) = app.tenant("ratefile").await;
    let manager = app.member(&owner, "ratefile", "ROYALTY_MANAGER", &[]).await;
    let csv = "date,base,quote,rate\n2026-01-31,USD,EUR,0.8889\n2026-01-31,usd,EUR,1\n2026-01-31,EUR,EUR,1\n2026-02-30,GBP,EUR,1.15\n2026-01-31,GBP,QQQ,1\n2026-01-31,JPY,EUR,0\n";
    let upload = manager.upload("rates.csv", csv.as_bytes().to_vec()).await;
    let answer = manager
        .ask(
            "mutation($i: CatalogueImportInput!) { catalogueImport(input: $i) { operation { id } userErrors { code message } } }",
            json!({ "i": { "kind": "EXCHANGE_RATES", "uploadId": upload, "idempotencyKey": "rates" } }),
        )
        .await
        .ok();
    let operation = answer.text("/catalogueImport/operation/id");
    assert_eq!(manager.wait(&operation).await["state"], "SUCCEEDED");
    assert_eq!(rates(&manager).await, ["2026-01-31 USD EUR 0.8889 MANUAL"]);
    let errors = manager
        .ask(
            "query($id: ID!) { importErrors(operationId: $id, first: 20) { nodes { line column code } } }",
            json!({ "id": operation }),
        )
        .await
        .ok();
    let found: Vec<String> = errors
        .at("/importErrors/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one["line"].as_str().map_or_else(|| one["line"].to_string(), str::to_owned),
                one["column"].as_str().unwrap(),
                one["code"].as_str().unwrap()
            )
        })
        .collect();
    let expected = [
        "3 date DUPLICATE_KEY",
        "4 quote SAME_CURRENCY",
        "5 date INVALID_DATE",
        "6 quote UNKNOWN_CURRENCY",
        "7 rate OUT_OF_RANGE",
    ];
    assert_eq!(found, expected);
}
