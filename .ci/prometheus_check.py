"""The demo under a real Prometheus: every value of its fleet, one change of its story, and its end.

Usage: prometheus_check.py PATH-OF-THE-DEMO; needs prometheus and promtool on the path, nothing but the standard library.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

from checks import Checks, free_port, get, running, stop, wait_for
from fleet import ACCOUNT, REGION, Fleet

CONFIG = "aws_lambda_event_invoke_config_"
TARGET = ("function_name", "qualifier")
DEAD_LETTER = "aws_lambda_function_dead_letter_queue_"
# The story's first change, as the demo announces it, and how long it may take to show: the demo's interval and some.
CHANGED, CHANGED_AT, SHOWS_WITHIN = "payments-settlement-batch", 60, 60
OWN_LABELS = {"account_id": ACCOUNT, "region": REGION}
LOST = f"""
    {CONFIG}destination_present{{condition="on_failure"}} == 0
      and on (account_id, region, function_name) {DEAD_LETTER}present == 0"""


class Prometheus:
    """Its API, at one moment or now."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"

    def api(self, path):
        status, text = get(self.url + path)
        return json.loads(text)["data"] if status == 200 else None

    def query(self, expression, *labels, at=None):
        """Values by the given labels (one label: by its value). Fails if two series have the same."""
        parameters = {"query": expression} | ({"time": at} if at else {})
        answer = self.api("/api/v1/query?" + urllib.parse.urlencode(parameters))
        values = {}
        for series in answer["result"] if answer else []:
            key = tuple(series["metric"].get(label, "") for label in labels)
            key = key[0] if len(key) == 1 else key
            if key in values:
                raise AssertionError(f"{expression}: two series for {key}")
            values[key] = float(series["value"][1])
        return values


def check_settings(checks, prometheus, fleet, at):
    """Every target's settings, and no others."""
    metrics = {"present": "present", "maximum_retry_attempts": "retries", "maximum_event_age_seconds": "age"}
    for metric, key in metrics.items():
        expected = {target: settings[key] for target, settings in fleet.settings.items()}
        got = prometheus.query(CONFIG + metric, *TARGET, at=at)
        checks.equal(f"{metric} of {len(expected)} targets", got, expected)
    configured = {target for target, settings in fleet.settings.items() if settings["present"]}
    got = prometheus.query(CONFIG + "last_modified_timestamp_seconds", *TARGET, at=at)
    checks.equal("last_modified only where there is a config", set(got), configured)


def check_destinations(checks, prometheus, fleet, at):
    """Both conditions of every target, and where each destination leads."""
    destinations = {
        (*target, condition): settings[condition]
        for target, settings in fleet.settings.items()
        for condition in ("on_failure", "on_success")
    }
    present = {key: float(destination is not None) for key, destination in destinations.items()}
    info = {(*key, *destination): 1.0 for key, destination in destinations.items() if destination}
    got = prometheus.query(CONFIG + "destination_present", *TARGET, "condition", at=at)
    checks.equal(f"destination_present: {len(present)} series, both conditions of each", got, present)
    labels = (*TARGET, "condition", "destination_type", "destination_arn")
    got = prometheus.query(CONFIG + "destination_info", *labels, at=at)
    checks.equal(f"destination_info: {len(info)} destinations", got, info)
    types = {"sqs", "sns", "lambda", "events", "s3", "kafka"}
    checks.equal("every destination type is among them", {key[3] for key in got}, types)


def check_functions(checks, prometheus, fleet, at):
    """Dead-letter queues, the functions themselves, and the one that does not exist."""
    present = {name: float(queue is not None) for name, queue in fleet.dead_letters.items()}
    got = prometheus.query(DEAD_LETTER + "present", "function_name", at=at)
    checks.equal("dead_letter_queue_present", got, present)
    info = {(name, *queue): 1.0 for name, queue in fleet.dead_letters.items() if queue}
    got = prometheus.query(DEAD_LETTER + "info", "function_name", "target_type", "target_arn", at=at)
    checks.equal("dead_letter_queue_info", got, info)
    got = prometheus.query("aws_lambda_function_info", "function_name", at=at)
    checks.equal("function_info of every function", set(got), set(fleet.dead_letters))
    success = {target: 1.0 for target in fleet.settings} | {(name, "$LATEST"): 0.0 for name in fleet.missing}
    got = prometheus.query("lambda_async_exporter_target_success", *TARGET, at=at)
    checks.equal("target_success is 0 for the missing function alone", got, success)
    lost = {
        target
        for target, settings in fleet.settings.items()
        if not settings["on_failure"] and not fleet.dead_letters[target[0]]
    }
    got = set(prometheus.query(LOST, *TARGET, at=at))
    checks.equal(f"the {len(lost)} targets that lose events are found", got, lost)


def check_scrape(checks, prometheus, fleet, at):
    """The scrape as a whole."""
    checks.equal("up", prometheus.query("up", "job", at=at), {"demo": 1.0})
    targets = prometheus.api("/api/v1/targets")["activeTargets"]
    checks.equal("the last scrape has no error", [target["lastError"] for target in targets], [""])
    count = prometheus.query(f'count({CONFIG}destination_present{{condition="on_failure"}})', "job", at=at).get("")
    checks.equal("one on_failure series for each target", count, float(len(fleet.settings)))
    scraped = prometheus.query("scrape_samples_scraped", "job", at=at).get("demo", 0)
    checks.check("scrape_samples_scraped", scraped > 6 * len(fleet.settings), scraped)
    elsewhere = (f'count({{__name__=~"aws_.*",{label}!="{own}"}})' for label, own in OWN_LABELS.items())
    counts = [prometheus.query(query, "job", at=at) for query in elsewhere]
    checks.equal("account_id and region everywhere", counts, [{}, {}])
    own = get(f"{prometheus.url}/metrics")[1]
    for trouble in ("sample_duplicate_timestamp", "sample_out_of_order", "sample_out_of_bounds"):
        metric = f"prometheus_target_scrapes_{trouble}_total"
        checks.check(f"{metric} 0", f"\n{metric} 0\n" in own)


def check_lint(checks, metrics):
    """promtool's opinion of the exposition."""
    lint = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True, text=True, check=False)
    said = lint.stdout + lint.stderr
    checks.check("promtool check metrics is silent", lint.returncode == 0 and not said, said)


def check_change(checks, prometheus, began):
    """The story's first change arrives, and the query for lost events finds it."""
    expression = f'{CONFIG}destination_present{{function_name="{CHANGED}",condition="on_failure"}} == 0'
    seconds = CHANGED_AT + SHOWS_WITHIN - (time.monotonic() - began)
    wait_for("the story's change in Prometheus", lambda: prometheus.query(expression, "function_name"), seconds)
    checks.check(f"{CHANGED} has lost its failure destination after {time.monotonic() - began:.0f} s", True)
    lost = prometheus.query(LOST, *TARGET)
    checks.check("and is found among those that lose events", (CHANGED, "$LATEST") in lost, sorted(lost))
    gone = prometheus.query(f'{CONFIG}destination_info{{function_name="{CHANGED}"}}', "function_name")
    checks.equal("its destination_info is gone", gone, {})


def check_demo(checks, demo, url, prometheus, began):
    """From the start of the demo to its end."""
    fleet = Fleet()
    wait_for("/-/healthy", lambda: get(f"{url}/-/healthy")[0] == 200, 20, demo)
    checks.equal("not ready before the first sweep has ended", get(f"{url}/-/ready")[0], 503)
    wait_for("/-/ready", lambda: get(f"{url}/-/ready")[0] == 200, CHANGED_AT, demo)
    checks.check(f"ready after {time.monotonic() - began:.0f} s", True)
    # Prometheus scrapes the whole fleet in between. All it is asked about then is this moment.
    time.sleep(3)
    at = time.time()
    if time.monotonic() - began > CHANGED_AT:
        sys.exit("FAILED the machine is too slow: the fleet has changed before it was looked at")
    check_lint(checks, get(f"{url}/metrics")[1])
    check_scrape(checks, prometheus, fleet, at)
    for check in (check_settings, check_destinations, check_functions):
        check(checks, prometheus, fleet, at)
    check_change(checks, prometheus, began)
    code, seconds = stop(demo, signal.SIGINT, 10)
    checks.check(f"the demo ends on SIGINT with 0 ({seconds:.1f} s)", code == 0, f"exit code {code}")
    checks.equal("and its exporter with it", get(f"{url}/metrics")[0], 0)


def main():
    checks = Checks("Prometheus")
    port, prometheus = free_port(), Prometheus(free_port())
    scrape = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "demo", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
    }
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "prometheus.yml").write_text(json.dumps(scrape), encoding="utf-8")
        server = [
            "prometheus",
            f"--config.file={scratch}/prometheus.yml",
            f"--storage.tsdb.path={scratch}/data",
            f"--web.listen-address={prometheus.address}",
        ]
        demo = [pathlib.Path(sys.argv[1]).resolve(), "--web.listen-address", f"127.0.0.1:{port}"]
        with running(scratch / "prometheus.log", *server) as process:
            wait_for("Prometheus", lambda: get(f"{prometheus.url}/-/ready")[0] == 200, 60, process)
            began = time.monotonic()
            with running(scratch / "demo.log", *demo) as process:
                check_demo(checks, process, f"http://127.0.0.1:{port}", prometheus, began)
    checks.close()


main()
