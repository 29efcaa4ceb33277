//! The routes and what stands around them.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post, put};
use domain::Core;
use domain::events::Events;
use domain::tenancy::Access;
use ipnet::IpNet;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::limits::RateLimiter;
use crate::schema::{Schema, builder};
use crate::transport::{Documents, Streams};
use crate::{transport, ws};

/// How the API is served.
#[derive(Clone, Default)]
pub struct Options {
    /// Whether the workbench (GraphiQL) is served and pages of any origin may call the API.
    pub development: bool,
    /// Origins of pages that may call the API (`https://console.example.org`).
    pub cors_origins: Vec<String>,
    /// Points one member may use per minute in this process; none for no limit.
    pub points_per_minute: Option<u32>,
    /// Networks of proxies in front of the API, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// When it is cancelled, sockets are closed.
    pub shutdown: CancellationToken,
}

/// What every handler holds. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// What use cases stand on.
    pub core: Core,
    /// Who may come in.
    pub access: Access,
    /// The schema, with its data.
    pub schema: Schema,
    /// How the API is served.
    pub options: Arc<Options>,
    /// What is remembered of documents.
    pub documents: Documents,
    /// Open streams of server-sent events.
    pub streams: Streams,
}

/// The schema with what its resolvers need.
#[must_use]
pub fn schema(core: &Core, access: &Access, events: &Events, documents: &Documents, options: &Options) -> Schema {
    let schema = builder().data(core.clone()).data(access.clone()).data(events.clone()).data(documents.clone());
    match options.points_per_minute {
        Some(points) => schema.data(RateLimiter::new(points)).finish(),
        None => schema.finish(),
    }
}

/// The whole API.
pub fn router(core: Core, access: Access, events: &Events, options: Options) -> Router {
    let documents = Documents::default();
    let schema = schema(&core, &access, events, &documents, &options);
    let cors = cors(&options);
    let options = Arc::new(options);
    let app = App { core, access, schema, options: Arc::clone(&options), documents, streams: Streams::default() };
    Router::new()
        .route("/graphql", get(transport::graphiql).post(transport::serve))
        .route("/graphql/ws", any(ws::upgrade))
        .route("/graphql/stream", post(transport::stream))
        .route("/uploads/{token}", put(transport::upload))
        .route("/downloads/{token}", get(transport::download))
        .route("/hooks/{tenant}/{source}", post(transport::hook))
        .route("/.well-known/jwks.json", get(transport::jwks))
        .with_state(app)
        // A compressed stream of events would wait until a block is full.
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(NotForContentType::SSE)))
        .layer(CatchPanicLayer::new())
        .layer(cors)
        .layer(from_fn_with_state(options, transport::label))
}

fn cors(options: &Options) -> CorsLayer {
    let request_id = HeaderName::from_static("x-request-id");
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, request_id.clone()])
        .expose_headers([request_id]);
    if options.development {
        return layer.allow_origin(AllowOrigin::any());
    }
    let origins: Vec<HeaderValue> =
        options.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    layer.allow_origin(AllowOrigin::list(origins))
}
