//! The HTTP server. It serves what is already known and never calls AWS.

mod app;
mod body;
mod connections;
mod encoding;
mod landing_page;
mod server;
mod serving;
mod watched;

pub use app::App;
pub use server::{BindError, Server};
pub use serving::DRAIN;
