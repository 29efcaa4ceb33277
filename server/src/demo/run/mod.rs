use crate::stop::Stop;
pub async fn demo(_: crate::cli::Demo) -> Result<(), Stop> { Ok(()) }
