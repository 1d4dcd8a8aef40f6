//! The HTTP server. It serves what is already known and never calls AWS.

mod app;
mod body;
mod encoding;
mod landing_page;
mod server;

pub use app::App;
pub use server::{BindError, DRAIN, Server};
