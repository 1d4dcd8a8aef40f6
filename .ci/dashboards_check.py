"""The dashboards and Grafana's alerts: in step with their source, complete, and about series that exist.

Usage: dashboards_check.py; needs promtool on the path, PyYAML and promql-parser. That queries return what they should is
shown here where the demo has no such case, and else by prometheus_check.py.
"""

import json
import pathlib
import re
import sys
import tempfile

import yaml

from checks import Checks
from dashboard_queries import DASHBOARDS, dashboards, queries
from rules_check import metrics_in, rules_by_file, run

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "grafana"))

import alerts as grafana_alerts
import dashboards as grafana_dashboards
from source.queries import console

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


def series():
    """Every series that there can be: in the README's tables, in the rules, or brought by others."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    own = set(re.findall(r"^\| `((?:aws_lambda|lambda_async_exporter)_\w+)` \|", readme, re.M))
    histograms = {f"{name}_bucket" for name in own if name.endswith("_duration_seconds")}
    rules = [rule for _, rule in rules_by_file()]
    used = set().union(*(metrics_in(rule["expr"]) for rule in rules))
    return own | histograms | used | {rule["record"] for rule in rules if "record" in rule} | FOREIGN


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
    settings = {key: dashboard[key] for key in ("editable", "time", "timezone")}
    expected = {"editable": True, "time": {"from": "now-24h", "to": "now"}, "timezone": "browser"}
    checks.equal(f"{name}: settings", settings, expected)
    checks.check(f"{name}: refreshes by itself", dashboard["refresh"] in ("1m", "5m"), dashboard["refresh"])
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
    for query in queries(function="f"):
        used = metrics_in(query.expression)
        name = f"{query.dashboard}: {query.panel}, {query.letter}"
        checks.check(f"{name}: series exist", used and used <= known, sorted(used - known))
        left = re.findall(r"\$\{?[a-z_]\w*", query.expression)
        checks.equal(f"{name}: no variable left", left, [])


def sample(name, value, **labels):
    """A series for promtool, from the beginning to ten minutes later; a value of two is that before and after five."""
    labels = {"job": "e", "instance": "a", "account_id": "1", "region": "us-east-1", "function_name": "f"} | labels
    text = ",".join(f"{key}={json.dumps(label)}" for key, label in labels.items())
    before, after = value if isinstance(value, tuple) else (value, value)
    return {"series": f"{name}{{{text}}}", "values": f"{before}x4 {after}x5"}


def target(value, received=None, **labels):
    """What there is of one function and qualifier."""
    labels = {"qualifier": "$LATEST"} | labels
    own = "aws_lambda_function_async"
    found = [sample("lambda_async_exporter_target_success", 1, **labels)]
    found.append(sample(f"{own}_failures_retained", value, **labels))
    found.append(sample("lambda_async_exporter_targets", 1, state="ok"))
    return found + ([sample(f"{own}_events_received", received, **labels)] if received is not None else [])


UNREAD = "NOTHING IS READ, or no name is like that"
LISTED, LATE = "Events are lost here", "Lost since the beginning of the range"
# What is there, the variables, the panel, and the labels and values that it shows then.
CASES = {
    "replicas that disagree: the worse one counts": (
        target(1, 1) + target(0, 1, instance="b"), {}, "Losing events", [({}, 1)],
    ),
    "what one replica says to be lost is not kept": (target(1, 1) + target(0, 1, instance="b"), {}, "Kept", [({}, 0)]),
    "replicas that disagree are not half well": (
        [
            sample("lambda_async_exporter_targets", value, state=state, instance=instance)
            for instance, ok in (("a", 1), ("b", 0)) for state, value in (("ok", ok), ("failed", 1 - ok))
        ],
        {}, "Targets ok", [({}, 0)],
    ),
    "whether events came is not known: they may": (target(0), {}, LISTED, [({"function_name": "f"}, 1)]),
    "events come": (target(0, 1), {}, LISTED, [({"function_name": "f"}, 2)]),
    "no events come": (target(0, 0), {}, LISTED, [({"function_name": "f"}, 0)]),
    "nothing is lost": (target(1, 1), {}, LISTED, []),
    "an empty box: all": (target(0, 1), {"functions": ""}, LISTED, [({"function_name": "f"}, 2)]),
    "a part of the name": (
        target(0, 1, function_name="payments-intake"), {"functions": "s-in"}, LISTED,
        [({"function_name": "payments-intake"}, 2)],
    ),
    "a name that nothing has": (target(0, 1), {"functions": "x"}, LISTED, [({"function_name": UNREAD}, 1)]),
    "a name that nothing has is not a count of 0": (target(0, 1), {"functions": "x"}, "Losing events", []),
    "nothing is read": ([], {}, LISTED, [({"function_name": UNREAD}, 1)]),
    "tags that are not known hide nothing": (target(0, 1), {}, LISTED, [({"function_name": "f"}, 2)]),
    "another team's": (
        target(0, 1) + [sample("aws_lambda_function_info", 1, tag_team="b")], {"team": "a"}, LISTED, [],
    ),
    "replicas that disagree about the team: once": (
        target(0, 1)
        + [sample("aws_lambda_function_info", 1, tag_team="a"), sample("aws_lambda_function_info", 1, tag_team="b", instance="b")],
        {}, LISTED, [({"function_name": "f"}, 2)],
    ),
    "kept before": (target((1, 0), 1), {}, LATE, [({"function_name": "f", "change": "kept them before"}, 1)]),
    "a history that is too short": (
        target(0, 1), {"__range": "1h"}, LATE, [({"function_name": "NO DATA FROM THEN: choose a shorter range"}, 1)],
    ),
    "no rules": (target(0, 1), {}, "Alerts firing", [({}, -1)]),
    "rules, and no alert": (
        target(0, 1) + [sample("scope:lambda_async_targets:count", 1, retained="0")], {}, "Alerts firing", [({}, 0)],
    ),
}
SHOWN = {
    ("us-east-1", "$LATEST"): "https://us-east-1.console.aws.amazon.com/lambda/home?region=us-east-1#/functions/f",
    ("eu-west-1", "live"): "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/f/aliases/live",
    ("cn-north-1", "7"): "https://cn-north-1.console.amazonaws.cn/lambda/home?region=cn-north-1#/functions/f/versions/7",
    ("us-gov-west-1", "$LATEST"): (
        "https://us-gov-west-1.console.amazonaws-us-gov.com/lambda/home?region=us-gov-west-1#/functions/f"
    ),
    ("eusc-de-east-1", "$LATEST"): (
        "https://eusc-de-east-1.console.amazonaws-eusc.eu/lambda/home?region=eusc-de-east-1#/functions/f"
    ),
}


def expected(labels, value):
    """A sample as promtool expects it."""
    return {"labels": "{" + ",".join(f"{key}={json.dumps(text)}" for key, text in labels.items()) + "}", "value": value}


def check_queries(checks):
    """What the demo has no case of, evaluated by promtool."""
    found = {}
    for name, (there, variables, panel, rows) in CASES.items():
        made = {(query.panel, query.letter): query.expression for query in queries(**variables)}
        expression = made[panel, "A"]
        labels = list(rows[0][0]) if rows else []
        found[name] = (there, f"max by ({', '.join(labels)}) ({expression})", [expected(*row) for row in rows])
        # One row each, not one that stands for several.
        found[f"{name}: rows"] = (there, f"count({expression})", [{"labels": "{}", "value": len(rows)}] if rows else [])
    for (region, qualifier), address in SHOWN.items():
        there = [sample("x", 1, region=region, qualifier=qualifier)]
        found[f"the console in {region}"] = (there, f"max by (console) ({console('x')})", [expected({"console": address}, 1)])
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "queries.yaml"
        for name, (there, expression, samples) in found.items():
            test = {"expr": expression, "eval_time": "8m", "exp_samples": samples}
            document = {"tests": [{"interval": "1m", "input_series": there, "promql_expr_test": [test]}]}
            # JSON is YAML too.
            path.write_text(json.dumps(document), encoding="utf-8")
            checks.check(name, *run("promtool", "test", "rules", str(path)))


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
    check_queries(checks)
    check_alerts(checks)
    checks.close()


main()
