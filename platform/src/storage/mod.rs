//! Files: uploads, statements, exports. A local folder by default; any object store by URL.

mod grant;
mod store;

pub use grant::{Grant, Purpose};
pub use store::{Storage, Stored};
