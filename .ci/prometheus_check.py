"""The demo under a real Prometheus with its rules, and a real Alertmanager: every value of its fleets, every rule and
dashboard, the first changes of its story and the alerts that they raise, and its end.

Usage: prometheus_check.py PATH-OF-THE-DEMO; needs prometheus, promtool, prometheus-alertmanager and curl on the path,
nothing but the standard library.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from alert_checks import check_health, check_rules, write_alertmanager, write_rules
from alertmanager import Alertmanager, receiving
from checks import Checks, free_port, get, running, stop, wait_for
from compression_checks import check_compression
from dashboard_checks import check_dashboards
from fleet import Fleet
from fleet_checks import CONFIG, SCOPE, check_fleet
from prometheus import Prometheus
from rule_times import check_shorter
from story_checks import DATA, STORY, check_story


def check_scrape(checks, prometheus, fleet, at):
    """The scrape as a whole."""
    checks.equal("up", prometheus.query("up", "job", at=at), {"demo": 1.0})
    targets = prometheus.api("/api/v1/targets")["activeTargets"]
    checks.equal("the last scrape has no error", [target["lastError"] for target in targets], [""])
    count = prometheus.query(f'count({CONFIG}destination_present{{condition="on_failure"}})', "job", at=at).get("")
    checks.equal("one on_failure series for each target", count, float(len(fleet.settings)))
    scraped = prometheus.query("scrape_samples_scraped", "job", at=at).get("demo", 0)
    checks.check("scrape_samples_scraped", scraped > 6 * len(fleet.settings), scraped)
    got = prometheus.query(
        'count by (account_id, region) ({__name__=~"aws_.*",__name__!="aws_lambda_account_info"})', *SCOPE, at=at
    )
    checks.equal("account_id and region everywhere", set(got), set(fleet.scopes))
    own = get(f"{prometheus.url}/metrics")[1]
    for trouble in ("sample_duplicate_timestamp", "sample_out_of_order", "sample_out_of_bounds"):
        metric = f"prometheus_target_scrapes_{trouble}_total"
        checks.check(f"{metric} 0", f"\n{metric} 0\n" in own)


def check_calls(checks, prometheus, at):
    """A good neighbour: nothing was refused, and one role was assumed once for all its regions."""
    calls = "lambda_async_exporter_api_requests_total"
    got = prometheus.query(f'sum by (outcome) ({calls}{{outcome!~"ok|not_found"}})', "outcome", at=at)
    checks.equal("no call was throttled, denied or failed", got, {})
    got = prometheus.query(f'sum by (account_id) ({calls}{{operation="AssumeRole"}})', "account_id", at=at)
    checks.equal("the role was assumed once", got, {DATA: 1.0})


def check_lint(checks, metrics):
    """promtool's opinion of the exposition."""
    lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, check=False)
    said = lint.stdout + lint.stderr
    checks.check("promtool check metrics is silent", lint.returncode == 0 and not said, said)


def check_demo(checks, demo, url, prometheus, alertmanager, began):
    """From the start of the demo to its end."""
    fleet = Fleet()
    wait_for("/-/healthy", lambda: get(f"{url}/-/healthy")[0] == 200, 20, demo)
    checks.equal("not ready before the first sweep has ended", get(f"{url}/-/ready")[0], 503)
    wait_for("/-/ready", lambda: get(f"{url}/-/ready")[0] == 200, STORY[0].at, demo)
    checks.check(f"ready after {time.monotonic() - began:.0f} s", True)
    # The last thing to be known: that a destination is gone takes two answers, and then the config that names it is read
    # again.
    verdict = 'aws_lambda_function_async_failures_retained{function_name="payments-fraud-scoring",qualifier="live"} == 0'
    left = began + STORY[0].at - 8 - time.monotonic()
    wait_for("a destination that is gone", lambda: prometheus.query(verdict, "job"), left, demo)
    # Prometheus scrapes all fleets in between, and evaluates all rules twice, for some build on others. All it is asked
    # about then is this moment.
    time.sleep(5)
    at = time.time()
    if time.monotonic() - began > STORY[0].at:
        sys.exit("FAILED the machine is too slow: the fleet has changed before it was looked at")
    metrics = get(f"{url}/metrics")[1]
    check_lint(checks, metrics)
    check_compression(checks, f"{url}/metrics", metrics)
    check_scrape(checks, prometheus, fleet, at)
    check_calls(checks, prometheus, at)
    check_fleet(checks, prometheus, fleet, at)
    check_rules(checks, prometheus, fleet, at)
    check_dashboards(checks, prometheus, fleet, at, at - 1)
    check_story(checks, prometheus, alertmanager, fleet, began, at)
    check_health(checks, prometheus)
    code, seconds = stop(demo, signal.SIGINT, 10)
    checks.check(f"the demo ends on SIGINT with 0 ({seconds:.1f} s)", code == 0, f"exit code {code}")
    checks.equal("and its exporter with it", get(f"{url}/metrics")[0], 0)


def servers(scratch, prometheus, alertmanager, port):
    """Prometheus's configuration and what starts it."""
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "demo", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
        "rule_files": write_rules(scratch / "rules"),
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]},
    }
    (scratch / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    return [
        "prometheus",
        f"--config.file={scratch}/prometheus.yml",
        f"--storage.tsdb.path={scratch}/data",
        f"--web.listen-address={prometheus.address}",
    ]


def main():
    checks = Checks("Prometheus")
    check_shorter(checks)
    port, prometheus = free_port(), Prometheus(free_port())
    with tempfile.TemporaryDirectory() as scratch, receiving() as receiver:
        scratch = pathlib.Path(scratch)
        (scratch / "rules").mkdir()
        alertmanager = Alertmanager(free_port(), receiver)
        write_alertmanager(scratch, alertmanager)
        server = servers(scratch, prometheus, alertmanager, port)
        demo = [pathlib.Path(sys.argv[1]).resolve(), "--web.listen-address", f"127.0.0.1:{port}"]
        with (
            running(scratch / "prometheus.log", *server) as first,
            running(scratch / "alertmanager.log", *alertmanager.command(scratch)) as second,
        ):
            wait_for("Prometheus", lambda: get(f"{prometheus.url}/-/ready")[0] == 200, 60, first)
            wait_for("Alertmanager", lambda: get(f"{alertmanager.url}/-/ready")[0] == 200, 60, second)
            began = time.monotonic()
            with running(scratch / "demo.log", *demo) as process:
                check_demo(checks, process, f"http://127.0.0.1:{port}", prometheus, alertmanager, began)
    checks.close()


main()
