"""Every query of the dashboards, on the running demo: counts as the table of fleets has them, and no panel empty."""

import collections
import json
import urllib.parse

from checks import get
from dashboard_queries import queries
from rule_expectations import PROTECTIONS, Expectations

OVERVIEW, FUNCTION, EXPORTER = "lambda-async-overview", "lambda-async-function", "lambda-async-exporter"
# Has qualifiers of both kinds.
SHOWN = ("111122223333", "us-east-1", "payments-fraud-scoring")
# What shows a change, a failure, or what was not read, where there is none.
RIGHTLY_EMPTY = {
    (OVERVIEW, "Unprotected since the beginning of the range", "A"),
    (EXPORTER, "Calls that failed, by operation", "A"),
}


def check_dashboards(checks, prometheus, fleet, at, since, denied=(), new=()):
    """All of them, for the time from one moment to another, of which the last is as the fleet says."""
    shown, expected = Shown(prometheus, at, since), Expectations(fleet, denied)
    checks.equal("every panel's query is understood", shown.refused, {})
    silent = {key for key, series in shown.results.items() if not series}
    rightly = set() if new else RIGHTLY_EMPTY
    checks.equal(f"of {len(shown.results)} queries {len(rightly)} find nothing, rightly", silent, rightly)
    check_overview(checks, shown, expected)
    check_lists(checks, shown, expected, new)
    check_function(checks, shown, expected)
    check_exporter(checks, shown, expected)


class Shown:
    """What each panel shows last: by dashboard, title and letter, series by their labels."""

    def __init__(self, prometheus, at, since):
        account, region, function = SHOWN
        self.prometheus, self.at, self.since, self.results, self.refused = prometheus, at, since, {}, {}
        length = f"{max(1, round(at - since))}s"
        one = queries(account=account, region=region, function=function, __range=length)
        for query in [query for query in queries(__range=length) if query.dashboard != FUNCTION]:
            self.ask(query)
        for query in [query for query in one if query.dashboard == FUNCTION]:
            self.ask(query)

    def ask(self, query):
        """As Grafana does: at the end of its range, or in steps up to there."""
        key = (query.dashboard, query.panel, query.letter)
        assert key not in self.results, f"two panels are called {key}"
        path = "query?" + urllib.parse.urlencode({"query": query.expression, "time": self.at})
        if not query.instant:
            times = {"start": self.at - 15, "end": self.at, "step": 5}
            path = "query_range?" + urllib.parse.urlencode({"query": query.expression} | times)
        status, text = get(f"{self.prometheus.url}/api/v1/{path}")
        if status != 200:
            self.refused[key] = text
        self.results[key] = {
            frozenset(series["metric"].items()): float((series.get("value") or series["values"][-1])[1])
            for series in (json.loads(text)["data"]["result"] if status == 200 else [])
        }

    def values(self, *key, by=()):
        """A panel's values by some labels; of two series with the same, both."""
        found = collections.defaultdict(list)
        for labels, value in self.results[key].items():
            labels = dict(labels)
            found[tuple(labels.get(label, "") for label in by)].append(value)
        return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def counted(kinds, place):
    """How many of each kind there are in a place, which may have none."""
    counts = collections.Counter((place(key), kind) for key, kind in kinds.items())
    places = {place(key) for key in kinds}
    return {kind: {where: float(counts[where, kind]) for where in places} for kind in PROTECTIONS}


def check_overview(checks, shown, expected):
    """Counts, tables and lines of the whole fleet."""
    functions, targets = expected.functions(), expected.targets()
    kinds = collections.Counter(functions.values())
    figures = {
        "Unprotected functions": kinds["unprotected"],
        "Unprotected qualifiers": list(targets.values()).count("unprotected"),
        "Share protected": kinds["protected"] / len(functions),
        "Functions watched": len(functions),
        "Not known": kinds["unknown"],
    }
    for panel, figure in figures.items():
        checks.equal(f"{panel}: {figure:.4g}", shown.values(OVERVIEW, panel, "A"), {(): figure})
    places = {
        ("account", "account_id"): lambda key: (key[0],),
        ("region", "region"): lambda key: (key[1],),
        ("team", "team"): lambda key: (expected.team(key) or "no team",),
    }
    for (name, label), place in places.items():
        counts = counted(functions, place)
        for letter, kind in zip("ABC", ("unprotected", "unknown", "protected")):
            got = shown.values(OVERVIEW, f"Functions by {name}", letter, by=[label])
            checks.equal(f"Functions by {name}: {kind}", got, counts[kind])
    for panel, of in (("Functions by protection", functions), ("Functions and qualifiers by protection", targets)):
        wanted = {(kind,): float(list(of.values()).count(kind)) for kind in PROTECTIONS}
        checks.equal(panel, shown.values(OVERVIEW, panel, "A", by=["protection"]), wanted)


def check_lists(checks, shown, expected, new):
    """Which functions and qualifiers the overview lists, each once."""
    by = ("account_id", "region", "function_name", "qualifier")
    alerts = {target: "silenced" if target in expected.silenced() else "on" for target in expected.fleet.lost()}
    got = shown.values(OVERVIEW, "Events are lost here", "A", by=(*by, "alerts"))
    checks.equal(f"Events are lost here: {len(alerts)}", set(got), {(*target, said) for target, said in alerts.items()})
    reasons = {(*target, "does not exist") for target in expected.not_found}
    reasons |= {(*target, "last known") for target in expected.protected if target[0] in expected.denied}
    got = shown.values(OVERVIEW, "Not known, or not known for sure", "A", by=(*by, "reason"))
    checks.equal(f"Not known, or not known for sure: {len(reasons)}", set(got), reasons)
    unprotected = counted(expected.functions(), lambda key: key[:2])["unprotected"]
    got = shown.values(OVERVIEW, "Unprotected functions by account and region", "A", by=by[:2])
    checks.equal("Unprotected functions by account and region", got, unprotected)
    got = shown.values(OVERVIEW, "Unprotected since the beginning of the range", "A", by=(*by, "change"))
    checks.equal(f"Unprotected since then: {len(new)}", set(got), {(*target, "is new") for target in new})


def check_function(checks, shown, expected):
    """The page of one function."""
    protected = {target[3]: value for target, value in expected.protected.items() if target[:3] == SHOWN}
    settings = {target[3]: values for target, values in expected.fleet.settings.items() if target[:3] == SHOWN}
    figures = {
        "Failed events": min(protected.values()),
        "Dead-letter queue": float(expected.fleet.functions[SHOWN]["dead_letter"] is not None),
        "Qualifiers read": len(protected),
        "Qualifiers that lose events": list(protected.values()).count(0.0),
        "Last read": 1.0,
    }
    for panel, figure in figures.items():
        checks.equal(f"{SHOWN[2]}: {panel}: {figure:.0f}", shown.values(FUNCTION, panel, "A"), {(): figure})
    columns = {
        "B": protected,
        "C": {qualifier: values["present"] for qualifier, values in settings.items()},
        "D": {qualifier: values["retries"] for qualifier, values in settings.items()},
        "E": {qualifier: values["age"] for qualifier, values in settings.items()},
        "F": {qualifier: float(values["on_failure"] is not None) for qualifier, values in settings.items()},
        "G": {qualifier: float(values["on_success"] is not None) for qualifier, values in settings.items()},
    }
    for letter, column in columns.items():
        got = shown.values(FUNCTION, "Qualifiers", letter, by=["qualifier"])
        checks.equal(f"{SHOWN[2]}: its qualifiers, {letter}", got, {(name,): value for name, value in column.items()})
    destinations = {
        (qualifier, condition, *values[condition])
        for qualifier, values in settings.items()
        for condition in ("on_failure", "on_success") if values[condition]
    }
    got = shown.values(FUNCTION, "Destinations and dead-letter queue", "A", by=("qualifier", "condition", "type", "arn"))
    checks.equal(f"{SHOWN[2]}: its destinations", set(got), destinations)
    alerts = {
        (labels["alertname"], labels["qualifier"])
        for labels in map(dict, expected.alerts()) if labels.get("function_name") == SHOWN[2]
    }
    got = shown.values(FUNCTION, "Alerts", "A", by=("alertname", "qualifier"))
    checks.equal(f"{SHOWN[2]}: its alerts", set(got), alerts)


def check_exporter(checks, shown, expected):
    """The exporter's own health."""
    fleet, unreadable = expected.fleet, expected.unreadable
    in_scope = collections.Counter(target[:2] for target in expected.targets())
    bad = collections.Counter(target[:2] for target in expected.not_found)
    bad |= {scope: in_scope[scope] for scope in unreadable}
    ok = {scope: float(in_scope[scope] - bad[scope]) for scope in fleet.scopes}
    figures = {
        "Exporters": 1.0,
        "Configuration": 1.0,
        "Targets ok": sum(ok.values()) / in_scope.total(),
        "Not listed": float(len(unreadable)),
    }
    for panel, figure in figures.items():
        checks.equal(f"{panel}: {figure:.4g}", shown.values(EXPORTER, panel, "A"), {(): figure})
    columns = {
        "A": {scope: float(bad[scope]) for scope in fleet.scopes},
        "B": ok,
        "G": {scope: float(scope not in unreadable) for scope in fleet.scopes},
    }
    for letter, column in columns.items():
        got = shown.values(EXPORTER, "Accounts and regions", letter, by=("account_id", "region"))
        checks.equal(f"Accounts and regions, {letter}", got, column)
