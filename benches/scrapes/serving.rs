//! Scrapes of the exporter and of its rivals, in turns.

use std::{thread::sleep, time::Duration};

use exporter_harness::{Aws, Exporter};

use crate::{
    changes::Changes,
    exporter,
    rivals::Rival,
    support::{
        exporter::{compressed, peak_memory},
        report::{asked, figure, part},
    },
    wrk::{self, CONNECTIONS, Load},
};

/// Of one load.
const SECONDS: u32 = 3;
/// The same for programs that take a second or more for an answer.
const SLOW_SECONDS: u32 = 10;
/// The interval while a sweep runs: five times as many calls as with the usual one.
const INTERVAL: &str = "1m";
/// After that long every change meets a reading.
const SETTLING: Duration = Duration::from_secs(70);
/// The size for which figures are asked, and at which slow programs still answer.
const ASKED: usize = 10_000;

pub(crate) fn run(aws: &Aws, functions: usize) {
    let quiet = exporter(aws, functions, "1h");
    let page = quiet.scrape();
    let gzip = compressed(&quiet);
    part("a scrape");
    figure("series", page.series());
    figure("bytes", page.len());
    figure("bytes in gzip", gzip.len());
    let Some(nginx) = Rival::nginx(page.as_bytes(), &gzip) else {
        part("nginx is not there, so nothing is compared with it");
        return;
    };
    let text = page.fleet();
    part(&format!("{CONNECTIONS} connections, nothing else going on"));
    against(&quiet, &nginx, functions);
    memory(&quiet, functions);
    drop(quiet);
    if functions == ASKED {
        part("the same while it sweeps every minute and ten configs change a second");
        let _changes = Changes::begin(aws, functions);
        let busy = exporter(aws, functions, INTERVAL);
        sleep(SETTLING);
        against(&busy, &nginx, functions);
        memory(&busy, functions);
        drop(busy);
        drop(nginx);
        part("what else could serve it");
        for (name, rival) in [
            ("Pushgateway", Rival::pushgateway(&text)),
            ("node_exporter's textfile collector", Rival::textfile(&text)),
            ("Python's prometheus_client", Rival::python(&text)),
        ] {
            slow(name, rival);
        }
    }
}

/// Compressed and plain scrapes of both.
fn against(exporter: &Exporter, nginx: &Rival, functions: usize) {
    for (encoding, what, wanted) in [("gzip", "compressed", 1.0), ("identity", "plain", 1.5)] {
        let url = format!("http://{}/metrics", exporter.address());
        let [ours, theirs] = wrk::in_turns([&url, &nginx.url], encoding, SECONDS);
        figure(&format!("{what}: answers a second"), rates(&ours));
        figure(&format!("{what}: nginx's"), rates(&theirs));
        let ratio = ours.rate.median() / theirs.rate.median();
        let slowest = ours.slowest.median() / theirs.slowest.median();
        let (name, shown) = (format!("{what}: times nginx's rate"), format!("{ratio:.2}"));
        if functions == ASKED {
            asked(&name, shown, &format!("≥ {wanted:.1}"), ratio >= wanted);
            let name = format!("{what}: 99th percentile, times nginx's");
            asked(&name, format!("{slowest:.2}"), "≤ 1.0", slowest <= 1.0);
        } else {
            figure(&name, shown);
            let name = format!("{what}: 99th percentile, times nginx's");
            figure(&name, format!("{slowest:.2}"));
        }
    }
}

fn rates(load: &Load) -> String {
    format!(
        "{:.0}, p99 {:.2} ms",
        load.rate.median(),
        load.slowest.median()
    )
}

fn memory(exporter: &Exporter, functions: usize) {
    let peak = peak_memory(exporter.pid());
    let name = format!("peak memory, polls and {CONNECTIONS} scrapers together, MB");
    if functions == ASKED {
        asked(&name, format!("{peak:.1}"), "< 80", peak < 80.0);
    } else {
        figure(&name, format!("{peak:.1}"));
    }
}

fn slow(name: &str, rival: Option<Rival>) {
    let Some(rival) = rival else {
        figure(name, "not there");
        return;
    };
    let (rate, slowest) = wrk::run(&rival.url, "identity", SLOW_SECONDS);
    let peak = rival.peak_memory();
    figure(
        name,
        format!("{rate:.1}/s, p99 {slowest:.0} ms, {peak:.0} MB"),
    );
}
