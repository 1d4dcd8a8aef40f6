"""The alert and recording rules: what promtool says, a test and a runbook for each alert, and no metric that is not there.

Needs prometheus and promtool on the path, otherwise only the standard library: Prometheus itself parses the rule files.
tests/rules shows what the rules do with a fleet.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from checks import Checks, free_port, get, running, wait_for
from prometheus import Prometheus

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import prometheus_rule

RULES = ROOT / "config" / "prometheus" / "rules"
TESTS = ROOT / "tests" / "rules"
RUNBOOKS = ROOT / "docs" / "runbooks"
OVERVIEW = ROOT / "docs" / "alerts.md"
MANIFEST = ROOT / "config" / "kubernetes" / "prometheus-rule.yaml"
# Brought by yet-another-cloudwatch-exporter, and Prometheus's own.
FOREIGN = {
    "aws_lambda_async_events_dropped_sum",
    "aws_lambda_destination_delivery_failures_sum",
    "aws_lambda_dead_letter_errors_sum",
    "up",
}


def tool(*arguments, directory=None):
    """promtool's verdict and what it said."""
    run = subprocess.run(
        ["promtool", *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    return run.returncode == 0, run.stdout + run.stderr


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
            groups = prometheus.api("/api/v1/rules")["groups"]
    return [(pathlib.Path(group["file"]).name, rule) for group in groups for rule in group["rules"]]


def names(directory, ending):
    return {path.name.removesuffix(ending) for path in directory.glob(f"*{ending}")}


def metrics_in(expression):
    """The names in an expression that look like metrics of ours or of AWS, labels and texts left out."""
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\b(by|on|group_left|group_right|without|ignoring)\s*\([^)]*\)", "", bare)
    return set(re.findall(r"\b(?:aws_lambda|lambda_async|process)_\w+|\b\w+:\w+:\w+|\bup\b", bare))


def check_promtool(checks):
    files = sorted(str(path.relative_to(ROOT)) for path in RULES.glob("*.yaml"))
    good, said = tool("check", "rules", "--lint=all", "--lint-fatal", *files, directory=ROOT)
    checks.check("promtool check rules", good, said)
    tests = sorted(path.name for path in TESTS.glob("*.yaml"))
    # A few seconds of one processor each.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = pool.map(lambda test: tool("test", "rules", test, directory=TESTS), tests)
        for test, (good, said) in zip(tests, verdicts):
            checks.check(f"promtool test rules {test}", good, said[-4000:])


def check_files(checks, rules):
    """Everything about an alert is there, and about nothing else."""
    alerts = {rule["name"] for _, rule in rules if rule["type"] == "alerting"}
    files = names(RULES, ".yaml")
    checks.equal("a test for each alert", names(TESTS, ".yaml") - files, alerts)
    checks.equal("a runbook for each alert", names(RUNBOOKS, ".md"), alerts)
    for path in sorted(TESTS.glob("LambdaAsync*.yaml")):
        text = path.read_text(encoding="utf-8")
        tested = set(re.findall(r"alertname: (\S+)", text))
        checks.equal(f"{path.name} is about its alert alone", tested, {path.stem})
        check_summaries(checks, path)
        checks.check(f"{path.name} shows that it fires", "exp_labels:" in text)
        checks.check(f"{path.name} shows that it stays silent", "exp_alerts: []" in text)
    for path in sorted(RUNBOOKS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        checks.check(f"{path.name} has its title", text.startswith(f"# {path.stem}\n"))
        headings = re.findall(r"^## (.+)$", text, re.M)
        checks.equal(f"{path.name}: headings", headings, ["Meaning", "See it", "Mend it", "Silence it"])
    overview = OVERVIEW.read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[`(\w+)`\]\(runbooks/(\w+)\.md\) \| (\w+) \| (\w+) \|", overview, re.M)
    expected = {
        rule["name"]: (rule["name"], rule["labels"]["severity"], int(rule["duration"]))
        for _, rule in rules if rule["type"] == "alerting"
    }
    seconds = {"s": 1, "m": 60, "h": 3600}
    got = {name: (link, severity, int(wait[:-1]) * seconds[wait[-1]]) for name, link, severity, wait in rows}
    checks.equal("the table in docs/alerts.md", got, expected)
    checks.check("no alert twice in it", len(rows) == len(got))


def check_alert(checks, rule):
    """What an engineer who is woken needs."""
    name, notes = rule["name"], rule["annotations"]
    checks.check(f"{name}: name", name.startswith("LambdaAsync"))
    checks.check(f"{name}: severity", rule["labels"].get("severity") in ("critical", "warning"), rule["labels"])
    checks.equal(f"{name}: annotations", set(notes), {"summary", "description", "runbook_url"})
    link = notes.get("runbook_url", "")
    checks.check(f"{name}: runbook_url", link.endswith(f"docs/runbooks/{name}.md"), link)


def check_summaries(checks, path):
    """Every alert that its tests show names in its summary what it is about."""
    text = path.read_text(encoding="utf-8")
    missing = []
    for block in re.findall(r"exp_labels:\n(.*?)runbook_url:", text, re.S):
        labels, notes = block.split("exp_annotations:")
        summary = " ".join(notes.split("description:")[0].split())
        labels = dict(re.findall(r"^ +(\w+): '?(.*?)'?$", labels, re.M))
        about = [labels[key] for key in ("function_name", "qualifier", "account_id", "region") if key in labels]
        missing += [f"{value}: {summary}" for value in about if value not in summary]
    checks.equal(f"{path.name}: summaries name function, qualifier, account and region", missing, [])


def check_metrics(checks, rules):
    """A rule about a metric that nobody publishes never fires."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "metrics").glob("*.rs"))
    published = set(re.findall(r'"((?:aws_lambda|lambda_async_exporter)_\w+)"', code))
    recorded = {}
    for file, rule in rules:
        if rule["type"] == "recording":
            recorded.setdefault(rule["name"], set()).add(file)
    for file, rule in rules:
        used = metrics_in(rule["query"])
        for note in rule.get("annotations", {}).values():
            for query in re.findall(r'query "([^"]*)"', note):
                used |= metrics_in(query)
        known = published | FOREIGN | {name for name, files in recorded.items() if files & {file, "recording.yaml"}}
        checks.check(f"{rule['name']}: every metric exists", used and used <= known, sorted(used - known))
    used = set().union(*(metrics_in(rule["query"]) for _, rule in rules))
    for_dashboards = {name for name in recorded if name.startswith("scope_team:")}
    checks.equal("every recording rule is used", recorded.keys() - used - for_dashboards, set())


def check_manifest(checks):
    in_step = MANIFEST.read_text(encoding="utf-8") == prometheus_rule.default_manifest()
    command = f"python3 tools/prometheus_rule.py > {MANIFEST.relative_to(ROOT)}"
    checks.check("the PrometheusRule is in step", in_step, f"{command} generates it again")
    # Taken out of the manifest again, it is a rule file, with as many rules.
    text = MANIFEST.read_text(encoding="utf-8").split("\nspec:\n")[1]
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        good, said = tool("check", "rules", str(path))
    expected = sum(
        len(re.findall(r"^      - (?:alert|record): ", (RULES / name).read_text(encoding="utf-8"), re.M))
        for name in prometheus_rule.DEFAULT
    )
    checks.check("it has all rules", good and f"{expected} rules found" in said, said)


def main():
    checks = Checks("Rules")
    check_promtool(checks)
    rules = loaded_rules()
    check_files(checks, rules)
    for _, rule in rules:
        if rule["type"] == "alerting":
            check_alert(checks, rule)
    check_metrics(checks, rules)
    check_manifest(checks)
    checks.close()


if __name__ == "__main__":
    main()
