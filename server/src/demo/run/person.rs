//! A signed-in member at the public API: what a browser would send, and nothing else.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::stop::Stop;

const SIGN_IN: &str = "mutation SignIn($input: SignInInput!) {
    signIn(input: $input) { accessToken userErrors { code message } } }";
const UPLOAD: &str = "mutation Upload($input: StagedUploadCreateInput!) {
    stagedUploadCreate(input: $input) { upload { id url } userErrors { code message } } }";

/// Why the API did not do what was asked.
#[derive(Debug)]
pub enum Trouble {
    /// It refused, with a code.
    Refused {
        /// The code.
        code: String,
        /// What it said.
        message: String,
    },
    /// It could not be asked, or answered something else than it should.
    Broken(String),
}

impl Trouble {
    /// Whether it was refused with this code.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::failed(match trouble {
            Trouble::Refused { code, message } => format!("the API refused: {message} [{code}]"),
            Trouble::Broken(message) => message,
        })
    }
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::Broken(format!("the API cannot be reached: {error}"))
    }
}

/// A member. Cheap to clone; the clones share the session.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    base: Arc<str>,
    tenant: Arc<str>,
    /// The address to sign in with.
    pub email: Arc<str>,
    password: Arc<str>,
    token: Arc<Mutex<Option<String>>>,
}

impl Person {
    /// Somebody of this tenant. Signs in when first asked for something.
    pub fn new(http: &reqwest::Client, base: &str, tenant: &str, email: &str, password: &str) -> Self {
        Self {
            http: http.clone(),
            base: base.into(),
            tenant: tenant.into(),
            email: email.into(),
            password: password.into(),
            token: Arc::default(),
        }
    }

    /// Another member of the same tenant.
    pub fn colleague(&self, email: &str) -> Self {
        Self { email: email.into(), token: Arc::default(), ..self.clone() }
    }

    /// Sends a document; gives the value of its one root field.
    ///
    /// # Errors
    /// [`Trouble`]: top-level errors and user errors alike.
    pub async fn ask(&self, document: &str, variables: Value) -> Result<Value, Trouble> {
        let token = match self.token() {
            Some(token) => token,
            None => self.sign_in().await?,
        };
        match self.send(document, &variables, Some(&token)).await {
            // A long demonstration outlives an access token.
            Err(trouble) if trouble.is("TOKEN_EXPIRED") => {
                let token = self.sign_in().await?;
                self.send(document, &variables, Some(&token)).await
            }
            answer => answer,
        }
    }

    /// Asks for all rows of a list, page by page. The document takes `$after` and selects `nodes` and `pageInfo`.
    ///
    /// # Errors
    /// As [`Person::ask`].
    pub async fn all(&self, document: &str, mut variables: Value) -> Result<Vec<Value>, Trouble> {
        let mut rows = Vec::new();
        loop {
            let mut list = self.ask(document, variables.clone()).await?;
            if let Some(nodes) = list["nodes"].as_array_mut() {
                rows.append(nodes);
            }
            if list["pageInfo"]["hasNextPage"] != Value::Bool(true) {
                return Ok(rows);
            }
            variables["after"] = list["pageInfo"]["endCursor"].clone();
        }
    }

    /// Uploads a file and gives the id of the staged upload.
    ///
    /// # Errors
    /// As [`Person::ask`]; a file that cannot be read.
    pub async fn upload(&self, path: &Path) -> Result<String, Trouble> {
        let unreadable = |error: std::io::Error| Trouble::Broken(format!("{}: {error}", path.display()));
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let size = file.metadata().await.map_err(unreadable)?.len();
        let input = json!({ "fileName": name, "byteSize": size.to_string() });
        let made = self.ask(UPLOAD, json!({ "input": input })).await?;
        let upload = &made["upload"];
        let body = reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(file));
        let answer = self.http.put(text(upload, "url")?).header("content-length", size).body(body).send().await?;
        if !answer.status().is_success() {
            return Err(Trouble::Broken(format!("the upload of {name} was answered {}", answer.status())));
        }
        text(upload, "id")
    }

    /// Fetches a file by its signed address.
    ///
    /// # Errors
    /// When it cannot be fetched.
    pub async fn download(&self, url: &str) -> Result<bytes::Bytes, Trouble> {
        let answer = self.http.get(url).send().await?;
        if !answer.status().is_success() {
            return Err(Trouble::Broken(format!("a download was answered {}", answer.status())));
        }
        Ok(answer.bytes().await?)
    }

    async fn sign_in(&self) -> Result<String, Trouble> {
        let input = json!({ "email": *self.email, "password": *self.password, "tenant": *self.tenant });
        let answer = self.send(SIGN_IN, &json!({ "input": input }), None).await?;
        let token = text(&answer, "accessToken")?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    /// The access token, once signed in.
    pub fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(&self, document: &str, variables: &Value, token: Option<&str>) -> Result<Value, Trouble> {
        let body = json!({ "query": document, "variables": variables });
        let mut request = self.http.post(format!("{}/graphql", self.base)).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut answer: Value = request.send().await?.json().await?;
        if let Some(error) = answer["errors"].get(0) {
            return Err(refusal(&error["extensions"], error));
        }
        let root = answer["data"].as_object_mut().and_then(|data| data.values_mut().next()).map(Value::take);
        let root = root.ok_or_else(|| Trouble::Broken(format!("the API answered {answer}")))?;
        match root["userErrors"].get(0) {
            Some(error) => Err(refusal(error, error)),
            None => Ok(root),
        }
    }
}

fn refusal(code: &Value, message: &Value) -> Trouble {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Trouble::Refused { code: text(&code["code"]), message: text(&message["message"]) }
}

/// A text of an answer.
///
/// # Errors
/// When it is not there.
pub fn text(value: &Value, field: &str) -> Result<String, Trouble> {
    match value[field].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(Trouble::Broken(format!("the API answered without `{field}`: {value}"))),
    }
}

/// A count of an answer: a number, or one written as text.
pub fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}
