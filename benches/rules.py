"""What the rules cost Prometheus: the seconds of each rule group, the processor time, and the series that they record.

Usage: rules.py [--functions N] [--minutes M] [--rules DIRECTORY]; needs prometheus on the path, nothing but the standard
library.

Serves the series of made-up functions and starts two Prometheus servers that scrape them once a minute, one of them with
the rules of the directory, whose alerts wait for a minute only, so that all that fires does. The processor time is what
that one needs more than the other.
"""

import argparse
import http.server
import pathlib
import re
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".ci"))

from checks import free_port, get, running, wait_for
from prometheus import Prometheus

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
# The exporter is scraped and the rules are evaluated for so long before anything is measured.
WARM_UP = 3


def page(count):
    """The series of so many functions, as docs/scaling.md has them: every second one has a config with a destination,
    every tenth a dead-letter queue, every tenth an alias with a config. All have a team, and every third no events."""
    lines = ['lambda_async_exporter_build_info{version="1",revision="x"} 1', "lambda_async_exporter_shard 0"]
    lines += ["lambda_async_exporter_total_shards 1", "lambda_async_exporter_config_last_reload_successful 1"]
    for region in REGIONS:
        lines += scope(f'account_id="111122223333",region="{region}"', count // len(REGIONS))
    for number in range(count):
        lines += function(number)
    return ("\n".join(lines) + "\n").encode()


def scope(labels, functions):
    own = "lambda_async_exporter_"
    lines = [f'{own}targets{{{labels},state="{state}"}} 0' for state in ("throttled", "denied", "not_found", "failed")]
    lines += [
        f'{own}collector_success{{{labels},collector="{name}"}} 1'
        for name in ("async_events", "event_source_mappings", "destinations", "tags")
    ]
    return lines + [
        f'{own}targets{{{labels},state="ok"}} {functions}',
        f"{own}sweep_duration_seconds{{{labels}}} 600",
        f"{own}first_sweep_complete{{{labels}}} 1",
        f"{own}discovery_success{{{labels}}} 1",
        f"{own}oldest_reading_timestamp_seconds{{{labels}}} {time.time():.0f}",
        f"{own}request_budget_per_second{{{labels}}} 5",
        f"{own}request_limit_per_second{{{labels}}} 5",
        f'{own}api_requests_total{{{labels},operation="ListFunctions",outcome="ok"}} 100',
        f'{own}api_requests_total{{{labels},operation="ListFunctions",outcome="throttled"}} 0',
    ]


def function(number):
    name = f"made-up-function-of-some-length-{number:05}"
    region = REGIONS[number % len(REGIONS)]
    labels = f'account_id="111122223333",region="{region}",function_name="{name}"'
    arn = f"arn:aws:lambda:{region}:111122223333:function:{name}"
    tags = f'tag_team="team-{number % 20}"' + (',tag_lambda_async_alerts="off"' if number % 100 == 3 else "")
    lines = [
        f'aws_lambda_function_info{{{labels},function_arn="{arn}",runtime="python3.12",package_type="Zip",{tags}}} 1',
    ]
    queue, destination = int(number % 10 == 1), int(number % 2 == 0)
    lines += target(labels, "$LATEST", destination, queue, number)
    if number % 10 == 2:
        lines += target(labels, "live", 1, queue, number)
    return lines


def target(labels, qualifier, destination, queue, number):
    labels = f'{labels},qualifier="{qualifier}"'
    config, of_function = "aws_lambda_event_invoke_config_", "aws_lambda_function_"
    return [
        f"{config}present{{{labels}}} {destination}",
        f"{config}maximum_retry_attempts{{{labels}}} 2",
        f"{config}maximum_event_age_seconds{{{labels}}} {60 if number % 100 == 0 else 21600}",
        f'{config}destination_present{{{labels},condition="on_failure"}} {destination}',
        f'{config}destination_present{{{labels},condition="on_success"}} 0',
        f"{of_function}dead_letter_queue_present{{{labels}}} {queue}",
        f"{of_function}async_failures_retained{{{labels}}} {max(destination, queue)}",
        f"{of_function}async_events_received{{{labels}}} {int(number % 3 != 0)}",
        f"lambda_async_exporter_target_success{{{labels}}} 1",
    ]


def serve(body):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def command(directory, port, prometheus, rules):
    """What starts a Prometheus server with these rules, or none."""
    directory.mkdir()
    for path in rules.glob("*.yaml") if rules else []:
        hurried = re.sub(r"^( +for): \w+$", r"\1: 1m", path.read_text(encoding="utf-8"), flags=re.M)
        (directory / path.name).write_text(hurried, encoding="utf-8")
    (directory / "prometheus.yml").write_text(
        f"""\
global: {{scrape_interval: 1m}}
rule_files: {[f"{directory}/*.yaml"] if rules else []}
scrape_configs:
  - {{job_name: exporter, scrape_timeout: 30s, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}
  - {{job_name: self, static_configs: [{{targets: ["{prometheus.address}"]}}]}}
""",
        encoding="utf-8",
    )
    return [
        "prometheus",
        f"--config.file={directory}/prometheus.yml",
        f"--storage.tsdb.path={directory}/data",
        f"--web.listen-address={prometheus.address}",
    ]


def processor_seconds(prometheus):
    for line in get(f"{prometheus.url}/metrics")[1].splitlines():
        if line.startswith("process_cpu_seconds_total "):
            return float(line.split()[1])
    raise AssertionError("no process_cpu_seconds_total")


def measure(minutes, with_rules, without):
    """Prints what the rules cost in a minute."""
    before = processor_seconds(with_rules), processor_seconds(without)
    time.sleep(60 * minutes)
    after = processor_seconds(with_rules), processor_seconds(without)
    used = [(late - early) / minutes for early, late in zip(before, after)]
    window = f"[{minutes}m]"
    groups = with_rules.query(f"avg_over_time(prometheus_rule_group_last_duration_seconds{window})", "rule_group")
    for name, seconds in sorted(groups.items()):
        print(f"{pathlib.Path(name).name:60} {seconds:8.2f} s an evaluation")
    for rule in sorted(with_rules.rules(), key=lambda rule: -rule["evaluationTime"])[:10]:
        labels = ",".join(f"{key}={value}" for key, value in rule.get("labels", {}).items())
        print(f"  {rule['name']}{{{labels}}}".ljust(60), f"{rule['evaluationTime']:8.2f} s the last one")
    print(f"{'all groups':60} {sum(groups.values()):8.2f} s a minute")
    print(f"{'processor time, with rules less without':60} {used[0] - used[1]:8.2f} s a minute ({used[1]:.2f} without)")
    for what, selector in (("recorded series", '{__name__=~".+:.+"}'), ("alerts", "ALERTS"), ("scraped series", '{job="exporter"}')):
        count = with_rules.query(f"count({selector})", "job").get("", 0)
        print(f"{what:60} {count:8.0f}")
    failures = sum(with_rules.query("prometheus_rule_evaluation_failures_total", "rule_group").values())
    print(f"{'failed evaluations':60} {failures:8.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--functions", type=int, default=10_000)
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--rules", type=pathlib.Path, default=ROOT / "config" / "prometheus" / "rules")
    arguments = parser.parse_args()
    port = serve(page(arguments.functions))
    with_rules, without = Prometheus(free_port()), Prometheus(free_port())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        rules = arguments.rules.resolve()
        with (
            running(scratch / "with.log", *command(scratch / "with", port, with_rules, rules)) as first,
            running(scratch / "without.log", *command(scratch / "without", port, without, None)) as second,
        ):
            for server, process in ((with_rules, first), (without, second)):
                wait_for("Prometheus", lambda url=server.url: get(f"{url}/-/ready")[0] == 200, 60, process)
            time.sleep(60 * WARM_UP)
            measure(arguments.minutes, with_rules, without)


if __name__ == "__main__":
    main()
