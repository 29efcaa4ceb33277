//! The tables of `docs/configuration.md` are those of the code.

use std::fmt::Write;
use std::path::Path;

use domain::settings::KEYS;
use platform::config::CONFIG_KEYS;

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", cell(text)) }
}

fn program() -> String {
    let mut table = "| Key | Environment | Flag | Default | Meaning |\n|---|---|---|---|---|\n".to_owned();
    for key in CONFIG_KEYS {
        let flag = if key.secret { String::new() } else { code(&key.flag()) };
        let (name, env, default) = (code(key.key), code(&key.env()), code(key.default));
        writeln!(table, "| {name} | {env} | {flag} | {default} | {} |", cell(key.meaning)).unwrap();
    }
    table
}

fn tenant() -> String {
    let mut table = "| Key | Takes | Default | Levels | Meaning |\n|---|---|---|---|---|\n".to_owned();
    for key in KEYS {
        let takes = match key.value_type.choices() {
            [] => key.value_type.name().to_lowercase().replace('_', " "),
            words => words.iter().map(|word| code(word)).collect::<Vec<_>>().join(" "),
        };
        let levels: Vec<String> =
            key.levels.iter().map(|level| level.as_str().to_lowercase().replace('_', " ")).collect();
        let (name, default) = (code(key.key), code(key.default));
        writeln!(table, "| {name} | {takes} | {default} | {} | {} |", levels.join(", "), cell(key.description))
            .unwrap();
    }
    table
}

fn limits() -> String {
    let mut table = "| Limit | Value | Unit | Meaning |\n|---|---|---|---|\n".to_owned();
    for (name, value, unit, meaning) in kernel::limits::TABLE {
        writeln!(table, "| {} | {value} | {unit} | {} |", code(name), cell(meaning.trim())).unwrap();
    }
    table
}

fn replaced(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (head, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page has no {begin}"));
    let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("the page has no {end}"));
    format!("{head}{begin}{table}{end}{tail}")
}

#[test]
fn the_documented_configuration_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let page_now = [("program", program()), ("tenant", tenant()), ("limits", limits())]
        .into_iter()
        .fold(page.clone(), |page, (name, table)| replaced(&page, name, &table));
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test asks for the file to be written")]
    let is_update = std::env::var_os("UPDATE_DOCS").is_some();
    if is_update {
        std::fs::write(&path, page_now).unwrap();
    } else {
        assert!(page == page_now, "docs/configuration.md is not up to date: UPDATE_DOCS=1 writes it");
    }
}
