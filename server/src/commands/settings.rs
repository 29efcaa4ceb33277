//! `admin config`: the settings in force and where each came from.

use platform::config::CONFIG_KEYS;

use crate::cli::SettingFlags;
use crate::say;
use crate::stop::Stop;

/// What is printed of a secret.
const MASKED: &str = "********";

/// Prints one line per key: value, place.
///
/// # Errors
/// A setting that does not exist or cannot be read.
pub fn print(flags: &SettingFlags) -> Result<(), Stop> {
    let (settings, origins) = flags.sources().load_with_origins()?;
    let values = serde_json::to_value(&settings)?;
    let rows: Vec<(&str, String, &str)> = CONFIG_KEYS
        .iter()
        .map(|key| {
            let value = match &values[key.key] {
                serde_json::Value::Null => "-".to_owned(),
                _ if key.secret => MASKED.to_owned(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (key.key, value, origins.get(key.key).map_or("not set", String::as_str))
        })
        .collect();
    let width = |column: fn(&(&str, String, &str)) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let (keys, texts) = (width(|row| row.0.len()), width(|row| row.1.chars().count()));
    for (key, value, origin) in &rows {
        say::line(format_args!("{key:keys$}  {value:texts$}  {origin}"));
    }
    // Contradictions between keys are worth saying here as well.
    settings.database()?;
    Ok(())
}
