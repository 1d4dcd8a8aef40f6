//! What is published on the telemetry path.
//!
//! [`families`] is the table of everything published about AWS: each row is a name, a help text, labels
//! and a function from what was read to samples. [`ExporterMetrics`] is what the exporter counts about
//! itself. No series can appear twice, because every sample is made by walking the fleet's maps once.
//!
//! The fleet's text is a [`RenderedPage`], which a [`Renderer`] makes when the fleet changes. A scrape
//! sends its bytes and renders only the exporter's own metrics.

mod deflate;
mod exporter_metrics;
mod exposition;
pub mod families;
mod page;
#[cfg(target_os = "linux")]
mod process;
mod renderer;
mod summary;
mod surroundings;
mod text;
mod views;

pub use exporter_metrics::{ApiMetrics, ExporterMetrics};
pub use exposition::Exposition;
pub use page::{RenderedPage, Scrape};
pub use renderer::Renderer;
