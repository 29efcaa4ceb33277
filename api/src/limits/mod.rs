//! What a document may ask for, decided before any resolver runs.
//!
//! The measure knows nothing of the schema, so no field can forget to be counted: a list multiplies what stands
//! inside it by the page that is asked for, a mutation has a price, a fragment is counted wherever it is spread.

mod measure;
mod rate;
mod tokens;

use async_graphql::{Request, ServerError};
use kernel::failure::{Failure, Outcome};
use kernel::limits::{
    GRAPHQL_ALIASES, GRAPHQL_COMPLEXITY, GRAPHQL_DEPTH, GRAPHQL_MUTATIONS, GRAPHQL_ROOT_FIELDS, GRAPHQL_TOKENS,
};

pub use measure::Measure;
pub use rate::RateLimiter;

/// Deepest introspection: the query that tools send nests `ofType` beyond the depth of any other document.
const INTROSPECTION_DEPTH: usize = 24;

/// Why a document is not executed.
#[derive(Debug)]
pub enum Refusal {
    /// It is no GraphQL.
    Malformed(ServerError),
    /// It asks for too much.
    TooMuch(Failure),
}

/// Parses and measures the document of a request; it is parsed once.
///
/// # Errors
/// [`Refusal`].
pub fn admit(request: &mut Request) -> Result<Measure, Refusal> {
    if tokens::more_than(&request.query, GRAPHQL_TOKENS) {
        return Err(too_much("tokens", GRAPHQL_TOKENS));
    }
    let variables = std::mem::take(&mut request.variables);
    let measured = request.parsed_query().map(|document| Measure::of(document, &variables));
    request.variables = variables;
    let measure = measured.map_err(Refusal::Malformed)?;
    measure.check().map_err(Refusal::TooMuch)?;
    Ok(measure)
}

fn too_much(what: &str, limit: usize) -> Refusal {
    Refusal::TooMuch(refused(what, limit))
}

fn refused(what: &str, limit: usize) -> Failure {
    Failure::limited("QUERY_TOO_COMPLEX", format!("A document has at most {limit} {what}. Ask for less at once."))
}

impl Measure {
    /// Holds the measure against the limits.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX`, naming the limit.
    pub fn check(&self) -> Outcome<()> {
        let limits = [
            (self.depth, "levels", GRAPHQL_DEPTH),
            (self.introspection_depth, "levels of introspection", INTROSPECTION_DEPTH),
            (self.aliases, "aliases", GRAPHQL_ALIASES),
            (self.mutations, "mutations", GRAPHQL_MUTATIONS),
            (self.root_fields, "root fields", GRAPHQL_ROOT_FIELDS),
            (self.complexity, "points of complexity", GRAPHQL_COMPLEXITY),
        ];
        match limits.into_iter().find(|(measured, _, limit)| measured > limit) {
            Some((_, what, limit)) => Err(refused(what, limit)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
