//! SOAP services: one report per month, inside the answer.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::collection::sources::method::{SoapMethod, SoapVersion};
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Secret, Session};
use kernel::failure::{Failure, Outcome};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::http::{Http, Request, parse, shown};
use crate::net::Outbound;
use crate::period::Period;

const ENVELOPE_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const ENVELOPE_12: &str = "http://www.w3.org/2003/05/soap-envelope";
const SECURITY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const PASSWORD_TEXT: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText";

pub(crate) struct Soap {
    method: SoapMethod,
    now: chrono::DateTime<chrono::Utc>,
    password: Option<Secret>,
    http: Http,
}

/// Makes sure that the service can be reached.
pub(crate) async fn connect(out: &Outbound, method: &SoapMethod, access: &Access) -> Outcome<Soap> {
    let url = parse(&method.url)?;
    let password = match &method.user_name {
        Some(_) => Some(access.credentials.need(CredentialName::Password)?.clone()),
        None => None,
    };
    let port = url.port_or_known_default().unwrap_or(443);
    drop(out.connect(url.host_str().unwrap_or_default(), port).await?);
    Ok(Soap { method: method.clone(), now: access.now, password, http: Http::new(*out, Duration::ZERO) })
}

impl Soap {
    fn envelope(&self, period: Period) -> String {
        let space = if self.method.version == SoapVersion::V12 { ENVELOPE_12 } else { ENVELOPE_11 };
        let mut header = String::new();
        if let (Some(user), Some(password)) = (&self.method.user_name, &self.password) {
            header = format!(
                "<wsse:Security xmlns:wsse=\"{SECURITY}\" s:mustUnderstand=\"1\"><wsse:UsernameToken><wsse:Username>{}\
                 </wsse:Username><wsse:Password Type=\"{PASSWORD_TEXT}\">{}</wsse:Password></wsse:UsernameToken>\
                 </wsse:Security>",
                escape(user.as_str()),
                escape(password.expose()),
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{space}\"><s:Header>{header}</s:Header>\
             <s:Body>{}</s:Body></s:Envelope>",
            period.fill(&self.method.body)
        )
    }
}

/// The texts of an answer that matter.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    report: Option<String>,
    name: Option<String>,
    fault: Option<String>,
}

/// Reads an answer. Document types are refused, so there are no entities but the five of XML.
fn read(xml: &[u8], report: &str, name: Option<&str>) -> Result<Found, String> {
    let mut reader = Reader::from_reader(xml);
    let mut found = Found::default();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| error.to_string())? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(entity) => {
                let known = if let Some(character) = entity.resolve_char_ref().map_err(|error| error.to_string())? {
                    Some(character.to_string())
                } else {
                    quick_xml::escape::resolve_predefined_entity(&entity).map(str::to_owned)
                };
                text.push_str(&known.ok_or("an entity that XML does not have of itself")?);
            }
            Event::DocType(_) => return Err("a document type, which SOAP forbids".to_owned()),
            Event::End(_) => {
                let element = path.pop().unwrap_or_default();
                let slot = if element == report {
                    Some(&mut found.report)
                } else if Some(element.as_str()) == name {
                    Some(&mut found.name)
                } else if matches!(element.as_str(), "faultstring" | "Text") && path.iter().any(|name| name == "Fault")
                {
                    Some(&mut found.fault)
                } else {
                    None
                };
                if let Some(slot @ None) = slot {
                    *slot = Some(std::mem::take(&mut text));
                }
                text.clear();
            }
            Event::Empty(empty) if empty.local_name().as_ref() == report => {
                found.report.get_or_insert_default();
            }
            Event::Eof if path.is_empty() => return Ok(found),
            Event::Eof => return Err("no end".to_owned()),
            _ => {}
        }
        buffer.clear();
    }
}

#[async_trait]
impl Session for Soap {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let months = Period::last(self.method.months, self.now).into_iter();
        Ok(months
            .map(|period| RemoteFile {
                key: period.name(),
                version: String::new(),
                name: format!("report-{}", period.name()),
                size: None,
            })
            .collect())
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let period = Period::parse(&file.key).ok_or_else(|| Failure::internal("a report of no month"))?;
        let url = parse(&self.method.url)?;
        let place = shown(&url);
        let body = self.envelope(period);
        let request = if self.method.version == SoapVersion::V12 {
            Request::post(url, "application/soap+xml; charset=utf-8", body)
        } else {
            let action = format!("\"{}\"", self.method.action);
            Request::post(url, "text/xml; charset=utf-8", body).header("soapaction", &action)?
        };
        let answer = self.http.send(&request).await?;
        // A fault comes with status 500; what it says is worth more than the number.
        let fault = answer.status.as_u16() == 500;
        let answer = if fault { answer } else { answer.success()? };
        let bytes = answer.bytes().await?;
        let wrong = |what: &str| Failure::refused("SOURCE_ANSWER_INVALID", format!("The answer of `{place}` {what}."));
        let found = read(&bytes, &self.method.report_element, self.method.name_element.as_deref())
            .map_err(|why| wrong(&format!("cannot be read: {why}")))?;
        if let Some(fault) = found.fault {
            return Err(wrong(&format!("is a fault: {}", fault.trim().chars().take(300).collect::<String>())));
        }
        if fault {
            return Err(Failure::unavailable("SOURCE_UNREACHABLE", format!("`{place}` answers with status 500.")));
        }
        let report = found.report.ok_or_else(|| wrong(&format!("has no `{}`", self.method.report_element)))?;
        // A month without a report yet: it is asked for again.
        if report.trim().is_empty() {
            return Ok(Fetched { is_empty: true, ..Fetched::default() });
        }
        let bytes = if self.method.is_base64 {
            let packed: String = report.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(packed).map_err(|_| wrong("has a report that is no base64"))?
        } else {
            report.into_bytes()
        };
        into.write_all(&bytes).await.map_err(crate::sink)?;
        Ok(Fetched { file_name: found.name, ..Fetched::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_local_name_and_entities_resolved() {
        let xml =
            "<a:E xmlns:a='x'><a:B><r:File>R&amp;D &#65;<![CDATA[<&>]]></r:File><r:Name>x.csv</r:Name></a:B></a:E>";
        let found = read(xml.as_bytes(), "File", Some("Name")).unwrap_or_default();
        assert_eq!(found.report.as_deref(), Some("R&D A<&>"));
        assert_eq!(found.name.as_deref(), Some("x.csv"));
    }

    #[test]
    fn faults_are_seen_and_document_types_refused() {
        let fault = "<s:E><s:Fault><faultcode>c</faultcode><faultstring>No such user</faultstring></s:Fault></s:E>";
        assert_eq!(read(fault.as_bytes(), "File", None).unwrap_or_default().fault.as_deref(), Some("No such user"));
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaa'>]><x>&a;</x>";
        assert!(read(bomb.as_bytes(), "x", None).is_err());
        assert!(read(b"<x>&b;</x>", "x", None).is_err());
        assert!(read(b"<x><y>", "x", None).is_err());
    }
}
