//! The schema that is checked in is the schema that is served.

#[test]
fn schema_graphql_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema.graphql");
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    let served = api::sdl();
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test asks for the file to be written")]
    let is_update = std::env::var_os("UPDATE_DOCS").is_some();
    if is_update {
        std::fs::write(path, format!("{}\n", served.trim_end())).unwrap();
        return;
    }
    assert!(
        stored.trim() == served.trim(),
        "schema.graphql is not what the program serves: run `make schema` and look at the difference"
    );
}
