//! What one can do now.

use super::cast::{self, ARTIST, Cast, OWNER, PASSWORD, STAFF};
use crate::say;

/// Prints the address of the workbench, a sign-in per role, and queries to paste.
pub fn welcome(base: &str, casts: &[Cast], royalty: &str, from: &str, to: &str) {
    say::line(format_args!("\nThe API serves: open {base}/graphql in a browser for GraphiQL. Ctrl-C ends it.\n"));
    say::line(format_args!("Sign in as (the password of everybody is `{PASSWORD}`)"));
    for part in std::iter::once(&OWNER).chain(&STAFF).chain(std::iter::once(&ARTIST)) {
        let addresses: Vec<String> = casts.iter().map(|cast| cast::email(part, &cast.slug)).collect();
        say::line(format_args!("  {:<18} {}", part.role, addresses.join("   ")));
    }
    let email = casts.first().map(|cast| cast::email(&OWNER, &cast.slug)).unwrap_or_default();
    say::line(format_args!(
        "\nFirst this, then put the token into GraphiQL's Headers as {{ \"Authorization\": \"Bearer …\" }}\n\
         \n  mutation {{ signIn(input: {{ email: \"{email}\", password: \"{PASSWORD}\" }}) {{ accessToken userErrors {{ message }} }} }}\n"
    ));
    let queries = [
        ("Who am I", "{ viewer { member { displayName role permissions } tenant { name baseCurrency } } }".to_owned()),
        (
            "What came in, and what became of it",
            "{ revenueReports(first: 10) { nodes { fileName platform state rowCount errorCount totals { currency total posted suspense skipped } } } }"
                .to_owned(),
        ),
        (
            "What was earned where",
            format!(
                "{{ royaltyReport(groupBy: [PLATFORM], filter: {{ from: \"{from}\", to: \"{to}\" }}) {{ rows {{ platform currency units amount }} }} }}"
            ),
        ),
        (
            "Why somebody gets what they get",
            format!("{{ royaltyLine(id: \"{royalty}\") {{ amount {{ amount currency }} explanation {{ steps {{ label }} }} }} }}"),
        ),
        (
            "What was published (as an artist: one's own), with links to the documents",
            "{ statements(first: 5) { nodes { number payeeName royalties { amount currency } closing { amount } documents { form url } } } }"
                .to_owned(),
        ),
    ];
    for (title, query) in queries {
        say::line(format_args!("# {title}\n{query}\n"));
    }
}
