//! (parties)
