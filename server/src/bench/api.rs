//! A small query over HTTP, beside the same answer from async-graphql alone.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use async_graphql::{EmptyMutation, EmptySubscription, ID, Object, Schema};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use platform::config::Settings;
use serde_json::json;
use tokio::net::TcpListener;

use super::figure::{Figure, Side, peak_rss_bytes};
use super::load;
use super::stage::Stage;
use crate::demo::run::person::Trouble;
use crate::stop::Stop;

const QUERY: &str = "{ viewer { member { id } } }";

/// Measures.
///
/// # Errors
/// When something fails.
pub async fn measure(settings: Settings, requests: u64, folder: &Path) -> Result<Vec<Figure>, Stop> {
    let (stage, _) = Stage::set(settings, folder).await?;
    let measured = async {
        let address = stage.service.address().ok_or_else(|| Stop::failed("the API does not listen"))?;
        let me = stage.cast.owner.ask(QUERY, json!({})).await?;
        let member = me["member"]["id"].as_str().unwrap_or_default().to_owned();
        let token = stage.cast.owner.token().ok_or_else(|| Trouble::Broken("nobody is signed in".to_owned()))?;
        let took = load::send(address, QUERY, Some(&token), requests).await?;
        let peak = peak_rss_bytes();
        let baseline = bare(member, requests).await?;
        let baseline = Side { name: "bare async-graphql", took: baseline };
        Ok(vec![Figure::new(Side { name: "api", took }, requests, "requests", baseline, peak)])
    };
    let figures: Result<_, Stop> = measured.await;
    let stopped = stage.service.stop().await;
    figures.and_then(|figures| stopped.map(|()| figures))
}

/// The same shape of answer, and nothing around it.
struct Query {
    member: String,
}

struct Viewer<'a>(&'a str);

struct Member<'a>(&'a str);

#[Object]
impl Query {
    async fn viewer(&self) -> Viewer<'_> {
        Viewer(&self.member)
    }
}

#[Object]
impl Viewer<'_> {
    async fn member(&self) -> Member<'_> {
        Member(self.0)
    }
}

#[Object]
impl Member<'_> {
    async fn id(&self) -> ID {
        ID(self.0.to_owned())
    }
}

type Bare = Schema<Query, EmptyMutation, EmptySubscription>;

async fn bare(member: String, requests: u64) -> Result<Duration, Stop> {
    async fn answer(State(schema): State<Bare>, request: GraphQLRequest) -> GraphQLResponse {
        schema.execute(request.into_inner()).await.into()
    }
    let schema = Schema::new(Query { member }, EmptyMutation, EmptySubscription);
    let router = Router::new().route("/graphql", post(answer)).with_state(schema);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await
    });
    let took = load::send(address, QUERY, None, requests).await;
    server.abort();
    took
}
