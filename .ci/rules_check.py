"""The alert and recording rules: what promtool says, a test and a runbook for each alert, and no metric that is not there.

Usage: rules_check.py [PROMTOOL …], by default the one on the path; needs prometheus, PyYAML and promql-parser. tests/rules
shows what the rules do with a fleet. All tests run three times: as they are, with a label that somebody adds to every
rule, and with a namespace that Prometheus's operator enforces on rules and series.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import promql_parser
import yaml

from checks import Checks, free_port, get, running, wait_for
from prometheus import Prometheus

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import prometheus_rule
from rule_files import RULES, groups

TESTS = ROOT / "tests" / "rules"
RUNBOOKS = ROOT / "docs" / "runbooks"
OVERVIEW = ROOT / "docs" / "alerts.md"
MANIFEST = ROOT / "config" / "kubernetes" / "prometheus-rule.yaml"
SEVERITIES = {"critical", "warning", "info"}
HEADINGS = ["Meaning", "First five minutes", "Mend it", "Silence it"]
# Brought by yet-another-cloudwatch-exporter, and Prometheus's own.
FOREIGN = {
    "aws_lambda_async_events_dropped_sum",
    "aws_lambda_destination_delivery_failures_sum",
    "aws_lambda_dead_letter_errors_sum",
    "ALERTS",
    "up",
}
# Commands about all regions, or none.
GLOBAL_SERVICES = {"iam", "sts", "organizations"}


def run(*command, directory=None):
    """A program's verdict and what it said."""
    answer = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return answer.returncode == 0, answer.stdout + answer.stderr


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules_by_file():
    """Every rule with the name of its file."""
    return [
        (path.name, rule) for path in sorted(RULES.glob("*.yaml")) for group in groups(path) for rule in group["rules"]
    ]


def loaded_rules(files=f"{RULES}/*.yaml"):
    """Every rule as Prometheus has read it, by the name of its file."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "prometheus.yml").write_text(f'rule_files: ["{files}"]\n', encoding="utf-8")
        prometheus = Prometheus(free_port())
        server = [
            "prometheus",
            f"--config.file={scratch}/prometheus.yml",
            f"--storage.tsdb.path={scratch}/data",
            f"--web.listen-address={prometheus.address}",
        ]
        with running(scratch / "prometheus.log", *server) as process:
            wait_for("Prometheus", lambda: get(f"{prometheus.url}/-/ready")[0] == 200, 60, process)
            groups_there = prometheus.api("/api/v1/rules")["groups"]
    return [(pathlib.Path(group["file"]).name, rule) for group in groups_there for rule in group["rules"]]


def names(directory, ending):
    return {path.name.removesuffix(ending) for path in directory.glob(f"*{ending}")}


def selectors(node):
    """The selectors in a parsed expression, whatever it is made of."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for part in ("vector_selector", "expr", "lhs", "rhs", "param"):
        below = getattr(node, part, None)
        if below is not None and not isinstance(below, str):
            yield from selectors(below)
    for argument in getattr(node, "args", None) or []:
        yield from selectors(argument)


def metrics_in(expression):
    return {selector.name for selector in selectors(promql_parser.parse(expression)) if selector.name}


def labelled(series, label, value):
    """A series as it is written, with one more label."""
    name, labels = re.fullmatch(r"([\w:]+)(?:\{(.*)\})?", series, re.S).groups()
    return f'{name}{{{labels + "," if labels else ""}{label}="{value}"}}'


def variant(directory, label, value, scraped):
    """The rules and their tests where every rule has one more label, and what is scraped too if it is a target's."""
    (directory / "rules").mkdir(parents=True)
    (directory / "tests").mkdir()
    for path in RULES.glob("*.yaml"):
        document = read(path)
        for group in document["groups"]:
            for rule in group["rules"]:
                rule.setdefault("labels", {})[label] = value
        (directory / "rules" / path.name).write_text(yaml.safe_dump(document), encoding="utf-8")
    for path in TESTS.glob("*.yaml"):
        document = read(path)
        document["rule_files"] = [f"../rules/{pathlib.Path(file).name}" for file in document["rule_files"]]
        for test in document["tests"]:
            for series in test["input_series"] if scraped else []:
                if f"{label}=" not in series["series"]:
                    series["series"] = labelled(series["series"], label, value)
            for expected in test.get("alert_rule_test", []):
                for alert in expected["exp_alerts"]:
                    alert["exp_labels"][label] = value
        (directory / "tests" / path.name).write_text(yaml.safe_dump(document, width=10**9), encoding="utf-8")
    return directory / "tests"


def check_promtool(checks, promtools):
    files = sorted(str(path.relative_to(ROOT)) for path in RULES.glob("*.yaml"))
    for promtool in promtools:
        good, said = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", *files, directory=ROOT)
        checks.check(f"{promtool} check rules", good, said)
    tests = sorted(path.name for path in TESTS.glob("*.yaml"))
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        scratch = pathlib.Path(scratch)
        places = {
            "": TESTS,
            ", with a label on every rule": variant(scratch / "label", "owner", "somebody", scraped=False),
            ", with an enforced namespace": variant(scratch / "namespace", "namespace", "monitoring", scraped=True),
        }
        runs = [(tool, place, test) for tool in promtools for place in places for test in tests]
        verdicts = pool.map(lambda one: run(one[0], "test", "rules", one[2], directory=places[one[1]]), runs)
        for (tool, place, test), (good, said) in zip(runs, verdicts):
            checks.check(f"{tool} test rules {test}{place}", good, said[-4000:])


def check_tests(checks, alerts):
    """Each alert has a test of its own, which shows what a person reads, and that it stays silent."""
    files = {name for name in names(TESTS, ".yaml") if name.startswith("LambdaAsync")}
    checks.equal("a test for each alert", files, alerts)
    for path in sorted(TESTS.glob("LambdaAsync*.yaml")):
        expectations = [one for test in read(path)["tests"] for one in test.get("alert_rule_test", [])]
        own = [one for one in expectations if one["alertname"] == path.stem]
        fired = [alert for one in expectations for alert in one["exp_alerts"]]
        checks.check(f"{path.name} shows that it fires", any(one["exp_alerts"] for one in own))
        checks.check(f"{path.name} shows that it stays silent", any(not one["exp_alerts"] for one in own))
        missing = [
            f"{alert['exp_labels'][key]}: {alert['exp_annotations']['summary']}"
            for alert in fired
            for key in ("function_name", "qualifier", "account_id", "region", "uuid")
            if alert["exp_labels"].get(key, "") not in alert["exp_annotations"]["summary"]
        ]
        checks.equal(f"{path.name}: summaries name function, qualifier, account and region", missing, [])


def check_severities_tested(checks, rules):
    """The text of every rule is shown by a test, also of a second rule of a name."""
    shown = {
        (one["alertname"], alert["exp_labels"]["severity"])
        for path in TESTS.glob("*.yaml")
        for test in read(path)["tests"]
        for one in test.get("alert_rule_test", [])
        for alert in one["exp_alerts"]
    }
    there = {(rule["alert"], rule["labels"]["severity"]) for _, rule in rules if "alert" in rule}
    checks.equal("a test for each severity of each alert", shown, there)


def check_runbooks(checks, alerts):
    """Each alert has a runbook, whose commands ask the right account and region."""
    checks.equal("a runbook for each alert", names(RUNBOOKS, ".md"), alerts)
    for path in sorted(RUNBOOKS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        checks.check(f"{path.name} has its title", text.startswith(f"# {path.stem}\n"))
        checks.equal(f"{path.name}: headings", re.findall(r"^## (.+)$", text, re.M), HEADINGS)
        checks.equal(f"{path.name}: commands", [fault for command in commands(text) for fault in faults(command)], [])


def commands(text):
    """The `aws` commands in a text, each in one line."""
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S))
    return [line.strip() for line in blocks.replace("\\\n", " ").splitlines() if line.strip().startswith("aws ")]


def faults(command):
    """What is missing from a command that somebody types in a hurry, with whatever account and region are their default."""
    service, operation = command.split()[1:3]
    wanted = ["--profile"]
    if service not in GLOBAL_SERVICES:
        wanted.append("--region")
    wanted += {"assume-role": ["--external-id"], "lookup-events": ["--start-time"]}.get(operation, [])
    yield from (f"{option} is missing: {command}" for option in wanted if option not in command)
    if command.startswith("aws logs tail"):
        yield f"only version 2 of the CLI has it: {command}"


def check_overview(checks, rules):
    overview = OVERVIEW.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\w+)`\]\(runbooks/(\w+)\.md\) \| (\w+) \| (\w+) \|", overview, re.M)
    expected = sorted(
        (rule["alert"], rule["alert"], rule["labels"]["severity"], rule["for"]) for _, rule in rules if "alert" in rule
    )
    checks.equal("the table in docs/alerts.md", sorted(rows), expected)


def check_alert(checks, rule):
    """What an engineer who is woken needs."""
    name, notes = rule["alert"], rule["annotations"]
    checks.check(f"{name}: name", name.startswith("LambdaAsync"))
    checks.check(f"{name}: severity", rule["labels"].get("severity") in SEVERITIES, rule["labels"])
    checks.equal(f"{name}: annotations", set(notes), {"summary", "description", "runbook_url"})
    checks.equal(f"{name}: runbook_url", notes.get("runbook_url"), f"docs/runbooks/{name}.md")


def check_metrics(checks, rules):
    """A rule about a metric that nobody publishes never fires."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "metrics").glob("*.rs"))
    published = set(re.findall(r'"((?:aws_lambda|lambda_async_exporter)_\w+)"', code))
    recorded = {}
    for file, rule in rules:
        if "record" in rule:
            recorded.setdefault(rule["record"], set()).add(file)
    everywhere = set()
    for file, rule in rules:
        used = metrics_in(rule["expr"])
        for note in rule.get("annotations", {}).values():
            for query in re.findall(r'query "([^"]*)"', note):
                used |= metrics_in(query)
        everywhere |= used
        known = published | FOREIGN | {name for name, files in recorded.items() if files & {file, "recording.yaml"}}
        name = rule.get("alert") or rule["record"]
        checks.check(f"{name}: every metric exists", used and used <= known, sorted(used - known))
    for_dashboards = {"scope:lambda_async_targets:count"}
    checks.equal("every recording rule is used", recorded.keys() - everywhere - for_dashboards, set())


def check_tags(checks, rules):
    """The team's tag and the one that silences are named in one rule each, so that both can be exchanged."""
    for tag in ("tag_team", "tag_lambda_async_alerts"):
        found = [rule.get("alert") or rule["record"] for _, rule in rules if tag in rule["expr"]]
        checks.equal(f"{tag} is named in one rule", len(found), 1)


def check_manifest(checks):
    in_step = MANIFEST.read_text(encoding="utf-8") == prometheus_rule.default_manifest()
    command = f"python3 tools/prometheus_rule.py > {MANIFEST.relative_to(ROOT)}"
    checks.check("the PrometheusRule is in step", in_step, f"{command} generates it again")
    expected = [group for name in prometheus_rule.DEFAULT for group in groups(RULES / name)]
    checks.equal("it has all rules", read(MANIFEST)["spec"]["groups"], expected)


def main():
    checks = Checks("Rules")
    rules = rules_by_file()
    alerts = {rule["alert"] for _, rule in rules if "alert" in rule}
    check_promtool(checks, sys.argv[1:] or ["promtool"])
    check_tests(checks, alerts)
    check_severities_tested(checks, rules)
    check_runbooks(checks, alerts)
    check_overview(checks, rules)
    for _, rule in rules:
        if "alert" in rule:
            check_alert(checks, rule)
    check_metrics(checks, rules)
    check_tags(checks, rules)
    check_manifest(checks)
    checks.close()


if __name__ == "__main__":
    main()
