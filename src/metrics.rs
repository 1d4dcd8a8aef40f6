//! What is published on the telemetry path.
//!
//! State becomes gauges by one table, [`families`]: a family is a name, a help text, its labels and
//! a function of what was read. What the exporter counts about itself lives in [`ExporterMetrics`].
//! No series can come twice, because every sample is made by walking the fleet's maps once.
//!
//! The fleet's text is a [`Page`], which a [`Renderer`] makes when the fleet changes; a scrape sends its
//! bytes, and renders only the exporter's own metrics.

mod deflate;
mod exposition;
pub mod families;
mod own;
mod page;
#[cfg(target_os = "linux")]
mod process;
mod renderer;
mod scopes;
mod shown;
mod text;

pub use exposition::Exposition;
pub use own::{ApiMetrics, ExporterMetrics};
pub use page::{Page, Scrape};
pub use renderer::Renderer;
pub use text::{Samples, escape_label_value};
