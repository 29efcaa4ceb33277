//! First passwords for people.

use std::fs;

use crate::cli::PasswordFlags;
use crate::stop::Stop;

/// A first password.
pub struct Password {
    /// The text.
    pub text: String,
    /// Whether it was made here, so that somebody has to be told.
    pub made: bool,
}

/// Reads the password of the file, or makes one.
///
/// # Errors
/// When the file cannot be read.
pub fn read(flags: &PasswordFlags) -> Result<Password, Stop> {
    let Some(path) = &flags.password_file else {
        return Ok(Password { text: platform::secrets::generate(), made: true });
    };
    let text = fs::read_to_string(path).map_err(|error| Stop::wrong_use(format!("{}: {error}", path.display())))?;
    Ok(Password { text: text.lines().next().unwrap_or_default().to_owned(), made: false })
}
