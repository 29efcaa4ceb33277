//! A GraphQL client over HTTP, as a front end would be.

use serde_json::{Value, json};

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// The value at a JSON pointer below `data`, such as `/viewer/member/email`.
    #[must_use]
    pub fn at(&self, pointer: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.body.pointer(&format!("/data{pointer}")).unwrap_or(&NULL)
    }

    /// The text at a pointer; stops the test when there is none.
    #[must_use]
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} in {}", self.body)).to_owned()
    }

    /// The code of the first top-level error.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.body.pointer("/errors/0/extensions/code").and_then(Value::as_str)
    }

    /// Stops the test when there are top-level errors or user errors.
    #[allow(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "often asked for the check alone")]
    pub fn ok(self) -> Self {
        assert!(self.body.get("errors").is_none(), "errors in {}", self.body);
        if let Some(data) = self.body["data"].as_object() {
            for (field, value) in data {
                let none = value.get("userErrors").is_none_or(|errors| errors.as_array().is_none_or(Vec::is_empty));
                assert!(none, "{field} refused: {}", value["userErrors"]);
            }
        }
        self
    }

    /// The code of the first user error of a mutation.
    #[must_use]
    pub fn user_error(&self, field: &str) -> Option<&str> {
        self.body.pointer(&format!("/data/{field}/userErrors/0/code")).and_then(Value::as_str)
    }
}

/// A signed-in (or anonymous) client.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// The bearer token.
    pub token: Option<String>,
}

impl Client {
    /// Somebody who has not signed in.
    #[must_use]
    pub fn anonymous(base: &str) -> Self {
        Self { http: reqwest::Client::new(), base: base.to_owned(), token: None }
    }

    /// Signs in.
    pub async fn sign_in(base: &str, email: &str, password: &str) -> Self {
        let mut client = Self::anonymous(base);
        let answer = client
            .ask(
                "mutation($i: SignInInput!) { signIn(input: $i) { accessToken userErrors { code message } } }",
                json!({ "i": { "email": email, "password": password } }),
            )
            .await
            .ok();
        client.token = Some(answer.text("/signIn/accessToken"));
        client
    }

    /// Goes on at another address, with the same token.
    pub fn at(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// The address of the API.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a document with variables.
    pub async fn ask(&self, document: &str, variables: Value) -> Answer {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.base))
            .json(&json!({ "query": document, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
    }

    /// Uploads a file and gives the id of the staged upload.
    pub async fn upload(&self, file_name: &str, bytes: Vec<u8>) -> String {
        let answer = self
            .ask(
                "mutation($i: StagedUploadCreateInput!) { stagedUploadCreate(input: $i) { upload { id url } userErrors { code message } } }",
                json!({ "i": { "fileName": file_name, "byteSize": bytes.len().to_string() } }),
            )
            .await
            .ok();
        let url = answer.text("/stagedUploadCreate/upload/url");
        let status = self.http.put(url).body(bytes).send().await.unwrap().status();
        assert!(status.is_success(), "upload answered {status}");
        answer.text("/stagedUploadCreate/upload/id")
    }

    /// Waits until an operation has ended and gives its last state.
    pub async fn wait(&self, operation: &str) -> Value {
        let mut last = Value::Null;
        for _ in 0..1_200 {
            let answer = self
                .ask(
                    "query($id: ID!) { operation(id: $id) { state stage failure { code message } } }",
                    json!({ "id": operation }),
                )
                .await
                .ok();
            if matches!(answer.at("/operation/state").as_str(), Some("SUCCEEDED" | "FAILED" | "CANCELLED")) {
                return answer.at("/operation").clone();
            }
            last = answer.at("/operation").clone();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("operation {operation} did not end within a minute: {last}");
    }
}
