//! The page for people who open the exporter's address in a browser. It needs nothing from anywhere else.

/// The page, with a link to the metrics.
pub(super) fn html(telemetry_path: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let path = telemetry_path
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;");
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lambda-async-exporter</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }}
</style>
</head>
<body>
<main>
<h1>lambda-async-exporter</h1>
<p>What AWS Lambda does with asynchronous events that fail, for Prometheus. Version {version}.</p>
<ul>
<li><a href="{path}">Metrics</a></li>
<li><a href="/-/ready">Ready</a>: whether the first sweep has ended</li>
<li><a href="/-/healthy">Healthy</a>: whether the process runs</li>
</ul>
</main>
</body>
</html>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_escaped() {
        let page = html("/a\"><script>&");
        assert!(
            page.contains(r#"href="/a&quot;>&lt;script>&amp;""#),
            "{page}"
        );
    }
}
