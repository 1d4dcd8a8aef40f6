//! The HTTP server: it hands out what is known and never asks AWS.

mod app;
mod body;
mod encoding;
mod server;

pub use app::App;
pub use server::{BindError, DRAIN, Server};
