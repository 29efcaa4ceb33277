//! Who we are: fixed credentials, or OAuth 2 (RFC 6749, client credentials and refresh).

use domain::collection::sources::method::{RestAuth, RestSignIn};
use domain::collection::sources::{CredentialName, Credentials, Secret};
use kernel::failure::{Failure, Outcome};
use url::form_urlencoded;

use super::{encoded, text_at};
use crate::http::{Http, Request, basic, parse, strange};

pub(super) struct Auth {
    settings: RestAuth,
    credentials: Credentials,
    token: Option<Secret>,
    renewed: Vec<(CredentialName, Secret)>,
}

impl Auth {
    pub(super) fn new(settings: &RestAuth, credentials: Credentials) -> Self {
        Self { settings: settings.clone(), credentials, token: None, renewed: Vec::new() }
    }

    /// Whether signing in again can help.
    pub(super) fn expires(&self) -> bool {
        matches!(self.settings.sign_in, RestSignIn::OauthClient | RestSignIn::OauthRefresh)
    }

    pub(super) fn renewed(&mut self) -> Vec<(CredentialName, Secret)> {
        std::mem::take(&mut self.renewed)
    }

    /// Gets an access token, where there is one to be got.
    pub(super) async fn sign_in(&mut self, http: &Http) -> Outcome<()> {
        if !self.expires() {
            return Ok(());
        }
        let request = self.token_request()?;
        let answer = http.send(&request).await?;
        if answer.status.is_client_error() {
            return Err(Failure::refused(
                "SOURCE_SIGN_IN_REFUSED",
                format!("The token service refuses us or what we ask for (status {}).", answer.status.as_u16()),
            ));
        }
        let answer = answer.success()?.json().await?;
        let token = text_at(&answer, "/access_token").ok_or_else(|| strange(&request.url, "has no `access_token`"))?;
        self.token = Some(Secret::new(token));
        // A refresh token is good for one use where the service gives a new one.
        let next = text_at(&answer, "/refresh_token").filter(|_| self.settings.sign_in == RestSignIn::OauthRefresh);
        if let Some(next) = next.map(Secret::new) {
            self.credentials.insert(CredentialName::RefreshToken, next.clone());
            self.renewed.push((CredentialName::RefreshToken, next));
        }
        Ok(())
    }

    /// What is asked of the token service.
    fn token_request(&self) -> Outcome<Request> {
        let url = parse(self.settings.token_url.as_deref().unwrap_or_default())?;
        let client = self.settings.client_id.clone().unwrap_or_default();
        let mut form = form_urlencoded::Serializer::new(String::new());
        let secret = if self.settings.sign_in == RestSignIn::OauthClient {
            form.append_pair("grant_type", "client_credentials");
            Some(self.credentials.need(CredentialName::ClientSecret)?.clone())
        } else {
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("refresh_token", self.credentials.need(CredentialName::RefreshToken)?.expose());
            self.credentials.get(CredentialName::ClientSecret).cloned()
        };
        for (name, value) in [("scope", &self.settings.scope), ("audience", &self.settings.audience)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        let mut header = None;
        match secret {
            // RFC 6749, 2.3.1: both are form-encoded before they go into the header.
            Some(secret) if !self.settings.is_client_in_form => {
                header = Some(basic(&encoded(&client), &encoded(secret.expose())));
            }
            Some(secret) => {
                form.append_pair("client_id", &client).append_pair("client_secret", secret.expose());
            }
            None => {
                form.append_pair("client_id", &client);
            }
        }
        let request = Request::post(url, "application/x-www-form-urlencoded", form.finish())
            .header("accept", "application/json")?;
        match header {
            Some(header) => request.header("authorization", &header),
            None => Ok(request),
        }
    }

    /// Puts the credentials into a request.
    pub(super) fn sign(&self, request: Request) -> Outcome<Request> {
        match self.settings.sign_in {
            RestSignIn::None => Ok(request),
            RestSignIn::Bearer => request.bearer(self.credentials.need(CredentialName::Token)?.expose()),
            RestSignIn::Header => {
                let name = self.settings.header.as_deref().unwrap_or_default();
                request.header(name, self.credentials.need(CredentialName::Token)?.expose())
            }
            RestSignIn::Basic => {
                let user = self.settings.user_name.as_deref().unwrap_or_default();
                let password = self.credentials.need(CredentialName::Password)?;
                request.header("authorization", &basic(user, password.expose()))
            }
            RestSignIn::OauthClient | RestSignIn::OauthRefresh => match &self.token {
                Some(token) => request.bearer(token.expose()),
                None => Err(Failure::internal("a request before signing in")),
            },
        }
    }
}
