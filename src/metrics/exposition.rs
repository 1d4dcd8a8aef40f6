//! What a scrape shows: the page, which is made beside it, and the exporter's own metrics.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, sleep_until},
};

use super::{
    ExporterMetrics,
    page::{Page, Scrape},
    renderer::Renderer,
};
use crate::fleet::SharedFleet;

/// The time between two pages: long enough that making them takes a hundredth of a core at most. A first
/// sweep changes the whole fleet all the time.
const PAUSE_PER_WORK: u32 = 100;
/// The shortest time between two pages. Nobody scrapes more often than once a second for long.
const SHORTEST_GAP: Duration = Duration::from_secs(1);
/// The longest one, for the sake of what is seen; 100,000 functions that all change at once need it.
const LONGEST_GAP: Duration = Duration::from_secs(10);

/// How long a page waits for what else may change. A change seldom comes alone: the first sweep of a
/// small fleet is in its first page.
const DEBOUNCE: Duration = Duration::from_millis(50);

/// Everything that a scrape shows. Clones are handles on the same.
#[derive(Debug, Clone)]
pub struct Exposition {
    page: Arc<ArcSwap<Page>>,
    own: Arc<ExporterMetrics>,
}

impl Exposition {
    /// Shows no fleet before [`Self::follow`] runs.
    #[must_use]
    pub fn new(own: Arc<ExporterMetrics>) -> Self {
        Self {
            page: Arc::default(),
            own,
        }
    }

    /// Makes a page whenever the fleet changes or something of it becomes stale, at most one a second,
    /// for ever.
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
            let shown = fleet.load();
            let now = started.into_std();
            let page;
            // Not on a thread that answers scrapes.
            (renderer, page) = spawn_blocking(move || {
                let page = renderer.render(&shown, now);
                (renderer, page)
            })
            .await
            .expect("making a page neither panics nor is aborted");
            self.page.store(Arc::new(page));
            let gap = started.elapsed() * PAUSE_PER_WORK;
            sleep(gap.clamp(SHORTEST_GAP, LONGEST_GAP)).await;
        }
    }

    /// The text.
    #[must_use]
    pub fn plain(&self) -> Scrape {
        self.page.load().plain(self.own.render())
    }

    /// The text as one gzip member.
    #[must_use]
    pub fn gzip(&self) -> Scrape {
        self.page.load().gzip(&self.own.render())
    }

    /// Whether the text shows a fleet whose first sweep has ended in every account and region.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.page.load().is_ready()
    }

    /// The exporter's own metrics.
    #[must_use]
    pub fn own(&self) -> &ExporterMetrics {
        &self.own
    }
}
