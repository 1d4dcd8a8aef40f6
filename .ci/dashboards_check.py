"""The dashboards and Grafana's alerts: in step with their source, complete, and about series that exist.

Usage: dashboards_check.py; needs PyYAML and promql-parser. That queries return what they should is shown by
prometheus_check.py.
"""

import json
import pathlib
import re
import sys

import yaml

from checks import Checks
from dashboard_queries import DASHBOARDS, dashboards, queries
from rules_check import RULES, rules_by_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "grafana"))

import alerts as grafana_alerts
import dashboards as grafana_dashboards

# What Prometheus and its client libraries bring.
FOREIGN = {
    "ALERTS",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "up",
}
WORDS = {"and", "or", "unless", "offset", "bool", "group_left", "group_right"}


def check_in_step(checks, made, directory, ending):
    """What is there is what would be written now, and nothing else."""
    there = {path: path.read_text(encoding="utf-8") for path in directory.glob(f"*{ending}")}
    name = directory.relative_to(ROOT)
    checks.equal(f"{name}: files", {path.name for path in there}, {path.name for path in made})
    for path, text in made.items():
        checks.check(f"{name}/{path.name} is in step with its source", there.get(path) == text)


def overlaps(one, other):
    """Whether two panels share a place."""
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def check_places(checks, name, panels):
    places = [(panel["title"], panel["gridPos"]) for panel in panels]
    outside = [title for title, place in places if place["x"] < 0 or place["x"] + place["w"] > 24]
    checks.equal(f"{name}: every panel is within 24 columns", outside, [])
    shared = [
        (title, other_title)
        for index, (title, place) in enumerate(places)
        for other_title, other in places[index + 1:]
        if overlaps(place, other)
    ]
    checks.equal(f"{name}: no panel overlaps another", shared, [])


def flaws(panel):
    """What a panel lacks."""
    if not panel.get("description", "").endswith("."):
        yield "no description, or no sentence"
    if panel["fieldConfig"]["defaults"].get("unit") is None:
        yield "no unit"
    if "thresholds" not in panel["fieldConfig"]["defaults"] and panel["type"] in ("stat", "table"):
        yield "no thresholds"
    for part in (panel, *panel["targets"]):
        if part["datasource"] != {"type": "prometheus", "uid": "${datasource}"}:
            yield "another data source than the one chosen"
    for target in panel["targets"]:
        if target.get("instant", False) != (panel["type"] in ("stat", "table")):
            yield "an instant query for what is over time, or the reverse"
    if panel["type"] == "table":
        if not panel["options"]["enablePagination"]:
            yield "no pages"
        # Else an account's id would be 111 billion.
        for column in panel["fieldConfig"]["overrides"]:
            units = [entry["value"] for entry in column["properties"] if entry["id"] == "unit"]
            field = column["matcher"]["options"]
            if len(units) != 1 or (units == ["string"]) == field.startswith("Value"):
                yield f"the wrong unit for {field}: {units}"


def names_in(expression):
    """What is left of an expression without labels, texts, numbers, functions and words: series."""
    bare = re.sub(r'"(\\.|[^"\\])*"', '""', expression)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\boffset \w+", "", bare)
    bare = re.sub(r"\b(by|on|group_left|group_right|without|ignoring)\s*\([^)]*\)", "", bare)
    return set(re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)) - WORDS


def series():
    """Every series that there can be."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "metrics").glob("*.rs"))
    own = set(re.findall(r'"((?:aws_lambda|lambda_async_exporter)_\w+)"', code))
    rules = "".join(path.read_text(encoding="utf-8") for path in RULES.glob("*.yaml"))
    histograms = {f"{name}_bucket" for name in own if name.endswith("_duration_seconds")}
    return own | histograms | FOREIGN | set(re.findall(r"- record: (\S+)", rules))


def check_variables(checks, name, dashboard):
    """All that is used is there to choose, and all that is there is used."""
    chosen = {variable["name"] for variable in dashboard["templating"]["list"]}
    text = json.dumps(dashboard)
    used = set(re.findall(r"\$\{?([a-z]\w*)", text)) - {"__url_time_range"}
    checks.equal(f"{name}: variables", used, chosen)
    first = dashboard["templating"]["list"][0]
    checks.check(f"{name}: the data source is chosen first", (first["name"], first["type"]) == ("datasource",) * 2)


def check_dashboard(checks, name, dashboard, uids):
    panels = dashboard["panels"]
    checks.check(f"{name}: the uid is the file's name", name == f"{dashboard['uid']}.json" and len(dashboard["uid"]) <= 40)
    unwanted = dashboard.keys() & {"id", "__inputs", "__requires", "iteration", "version"}
    checks.equal(f"{name}: nothing of one Grafana alone", unwanted, set())
    settings = {key: dashboard[key] for key in ("editable", "refresh", "time", "timezone")}
    expected = {"editable": True, "refresh": "1m", "time": {"from": "now-24h", "to": "now"}, "timezone": "browser"}
    checks.equal(f"{name}: settings", settings, expected)
    checks.check(f"{name}: tags, description", dashboard["tags"] and dashboard["description"].endswith("."))
    ids = [panel["id"] for panel in panels]
    checks.equal(f"{name}: panel ids", len(set(ids)), len(ids))
    titles = [panel["title"] for panel in panels if panel["type"] != "row"]
    letters = [(panel["title"], target["refId"]) for panel in panels for target in panel.get("targets", [])]
    checks.check(f"{name}: no query has the name of another", len(set(letters)) == len(letters), titles)
    for panel in panels:
        if panel["type"] != "row":
            checks.equal(f"{name}: {panel['title']}", list(flaws(panel)), [])
    check_places(checks, name, panels)
    check_variables(checks, name, dashboard)
    linked = set(re.findall(r'"/d/([\w-]+)', json.dumps(dashboard)))
    checks.check(f"{name}: links lead to dashboards that are there", linked and linked <= uids, sorted(linked - uids))


def check_series(checks):
    known = series()
    for query in queries():
        used = names_in(query.expression)
        name = f"{query.dashboard}: {query.panel}, {query.letter}: series exist"
        checks.check(name, used and used <= known, sorted(used - known))
        left = re.findall(r"\$\{?[a-z_]\w*", query.expression)
        checks.equal(f"{query.dashboard}: {query.panel}, {query.letter}: no variable left", left, [])


def check_alerts(checks):
    """Grafana has every alert, with the same query, and can read its texts."""
    made = [
        rule
        for text in grafana_alerts.files().values()
        for group in yaml.safe_load(text)["groups"]
        for rule in group["rules"]
    ]
    expected = [rule for file in grafana_alerts.FILES for name, rule in rules_by_file() if name == file and "alert" in rule]
    checks.equal("Grafana has every alert", [rule["title"].split(" ")[0] for rule in made], [rule["alert"] for rule in expected])
    for rule, alert in zip(made, expected):
        query = rule["data"][0]["model"]["expr"]
        checks.equal(f"{rule['title']}: query", query, f"max without () (\n{alert['expr'].rstrip()}\n)\n")
        checks.equal(f"{rule['title']}: for", (rule["for"], rule["labels"]), (alert["for"], alert["labels"]))
        foreign = re.findall(r"\$value\b|\bquery\b", str(rule["annotations"]))
        checks.equal(f"{rule['title']}: no template that only Prometheus knows", foreign, [])
    for key in ("uid", "title"):
        values = [rule[key] for rule in made]
        checks.check(f"each {key} once", len(set(values)) == len(values), values)
    checks.check("no uid is too long", all(len(rule["uid"]) <= 40 for rule in made))


def main():
    checks = Checks("Dashboards")
    check_in_step(checks, grafana_dashboards.files(), DASHBOARDS, ".json")
    check_in_step(checks, grafana_alerts.files(), grafana_alerts.DIRECTORY, ".yaml")
    there = dashboards()
    uids = [dashboard["uid"] for dashboard in there.values()]
    checks.equal("no uid twice", len(set(uids)), len(uids))
    for name, dashboard in there.items():
        check_dashboard(checks, name, dashboard, set(uids))
    check_series(checks)
    check_alerts(checks)
    checks.close()


main()
