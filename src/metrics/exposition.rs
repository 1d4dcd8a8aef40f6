//! What a scrape gets: the page, made in the background, and the exporter's own metrics.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};

use super::{
    ExporterMetrics,
    page::{RenderedPage, Scrape},
    renderer::Renderer,
};
use crate::fleet::SharedFleet;

/// The share of a core that making pages may take: a first sweep changes the whole fleet all the time.
const MAX_DUTY_CYCLE: f64 = 0.01;
/// The shortest pause between two pages. Nobody scrapes more often than once a second for long.
const MIN_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: it bounds how old a page can be. 100,000 functions that all change at once need it.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How long to wait for further changes before making a page. A change seldom comes alone: the first
/// sweep of a small fleet is in its first page.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Everything that a scrape gets. Clones are handles on the same.
#[derive(Debug, Clone)]
pub struct Exposition {
    page: Arc<ArcSwap<RenderedPage>>,
    exporter_metrics: Arc<ExporterMetrics>,
}

impl Exposition {
    /// Has no fleet before [`Self::follow`] runs.
    #[must_use]
    pub fn new(exporter_metrics: Arc<ExporterMetrics>) -> Self {
        Self {
            page: Arc::default(),
            exporter_metrics,
        }
    }

    /// Makes a page whenever the fleet changes or something in it becomes stale, at most one a second. Does
    /// not return.
    ///
    /// # Panics
    /// If making a page panicked: a failure of the program, which then ends.
    pub async fn follow(&self, fleet: &SharedFleet, mut renderer: Renderer) -> Infallible {
        loop {
            let stale = async {
                match renderer.next_stale() {
                    Some(at) => sleep_until(at.into()).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = fleet.changed() => sleep(DEBOUNCE).await,
                () = stale => {}
            }
            let started = Instant::now();
            let published = fleet.load();
            let now = started.into_std();
            let page;
            // Not on a thread that answers scrapes.
            (renderer, page) = spawn_blocking(move || {
                let page = renderer.render(&published, now);
                (renderer, page)
            })
            .await
            .expect("making a page neither panics nor is aborted");
            self.page.store(Arc::new(page));
            let pause = started.elapsed().div_f64(MAX_DUTY_CYCLE);
            sleep(pause.clamp(MIN_PAUSE, MAX_PAUSE)).await;
        }
    }

    /// The text, uncompressed.
    #[must_use]
    pub fn plain(&self) -> Scrape {
        self.page.load().plain(self.exporter_metrics.render())
    }

    /// The text as one gzip member.
    #[must_use]
    pub fn gzip(&self) -> Scrape {
        self.page.load().gzip(&self.exporter_metrics.render())
    }

    /// Whether the text is of a fleet whose first sweep has ended in every account and region.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.page.load().is_ready()
    }

    /// The exporter's own metrics.
    #[must_use]
    pub fn exporter_metrics(&self) -> &ExporterMetrics {
        &self.exporter_metrics
    }
}
