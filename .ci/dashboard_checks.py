"""Every query of the dashboards, on the running demo: each panel shows what the exporter's own series say at that moment."""

import collections
import json
import urllib.parse

from checks import get
from dashboard_queries import queries

OVERVIEW, FUNCTION, EXPORTER = "lambda-async-overview", "lambda-async-function", "lambda-async-exporter"
TARGET = ("account_id", "region", "function_name", "qualifier")
SCOPE = TARGET[:2]
OWN, CONFIG, MAPPING = "lambda_async_exporter", "aws_lambda_event_invoke_config", "aws_lambda_event_source_mapping"
QUEUE = "aws_lambda_function_dead_letter_queue"
# Has qualifiers of both kinds.
SHOWN = ("111122223333", "us-east-1", "payments-fraud-scoring")
# What shows a failure, or what has just begun.
MAY_BE_EMPTY = {
    (OVERVIEW, "marks: Alerts", "A"),
    (FUNCTION, "marks: Alerts", "A"),
    (EXPORTER, "marks: Alerts", "A"),
    (EXPORTER, "Calls that failed, by operation", "A"),
}


def check_dashboards(checks, prometheus, fleet, at, since, denied=(), new=()):
    """All of them, at a moment and for the time since another. `fleet`, `denied` and `new` are what the caller knows."""
    raw, before = Raw(prometheus, at), Raw(prometheus, at - length(at, since))
    everything = Shown(prometheus, at, since, [OVERVIEW, EXPORTER])
    fed = sorted(key[:3] for key in raw.by(f"{MAPPING}_enabled", *TARGET, "uuid"))
    pages = {function: page(prometheus, at, since, function) for function in (SHOWN, *fed[:1])}
    check_overview(checks, everything, raw)
    check_lists(checks, everything, raw, before)
    check_choices(checks, prometheus, at, since, raw)
    check_exporter(checks, everything, raw)
    for function, shown in pages.items():
        check_function(checks, shown, raw, function)
    for name, shown in {"the overview and the exporter": everything, **{page[2]: shown for page, shown in pages.items()}}.items():
        checks.equal(f"{name}: every query is understood", shown.refused, {})
        # A panel that was compared is as empty as it should be.
        silent = {key for key, series in shown.results.items() if not series} - shown.compared - MAY_BE_EMPTY
        checks.equal(f"{name}: none of {len(shown.results)} queries finds nothing", silent, set())
    read = {target[0] for target in raw.by(f"{OWN}_target_success", *TARGET)}
    checks.check("accounts that are refused are still shown", set(denied) <= read, read)
    lost = {target for target, value in raw.retained.items() if value == 0}
    checks.equal("what is new and lost is in the list", {target for target in new if target in raw.retained} - lost, set())
    checks.check(f"{len(fleet.settings)} functions and qualifiers are in the table of fleets", fleet.settings)


def length(at, since):
    """The range in whole seconds, as Grafana has it."""
    return max(1, round(at - since))


def page(prometheus, at, since, function):
    account, region, name = function
    return Shown(prometheus, at, since, [FUNCTION], account=account, region=region, function=name)


class Raw:
    """The exporter's series at a moment, from one exporter: by some labels, each once."""

    def __init__(self, prometheus, at):
        self.prometheus, self.at = prometheus, at
        self.retained = self.by("aws_lambda_function_async_failures_retained", *TARGET)
        self.received = self.by("aws_lambda_function_async_events_received", *TARGET)
        self.success = self.by(f"{OWN}_target_success", *TARGET)

    def by(self, selector, *labels):
        return self.prometheus.query(selector, *labels, at=self.at)

    def lost(self):
        """2 where events came, 1 where that is not known, 0 where none came."""
        return {
            target: {1.0: 2.0, None: 1.0, 0.0: 0.0}[self.received.get(target)]
            for target, value in self.retained.items() if value == 0
        }

    def kinds(self):
        """The parts that the overview counts, each with its targets."""
        lost = self.lost()
        return {
            "Losing events": [target for target, value in lost.items() if value],
            "Would lose events": [target for target, value in lost.items() if not value],
            "Not known": [target for target in self.success if target not in self.retained],
            "Kept": [target for target, value in self.retained.items() if value == 1],
            "In use": [target for target, value in self.received.items() if value == 1],
        }

    def destinations(self, what, *more):
        """Every destination and dead-letter queue, `info` or `exists`: by target, mapping, condition and ARN."""
        type_of = {"destination_type": "target_type"}
        found = self.by(f"{CONFIG}_destination_{what}", *TARGET, "uuid", "condition", "destination_arn", *more)
        found |= self.by(f"{MAPPING}_destination_{what}", *TARGET, "uuid", "condition", "destination_arn", *more)
        queues = self.by(f"{QUEUE}_{what}", *TARGET, "uuid", "target_arn", *(type_of[label] for label in more))
        return found | {(*key[:5], "dead_letter_queue", *key[5:]): value for key, value in queues.items()}

    def mappings(self, metric):
        return self.by(f"{MAPPING}_{metric}", *TARGET, "uuid")

    def at_risk(self):
        """Mappings that lose records, by what is wrong with them."""
        enabled = {key for key, value in self.mappings("enabled").items() if value == 1}
        limits = [self.mappings("maximum_retry_attempts"), self.mappings("maximum_record_age_seconds")]
        limited = {key for values in limits for key, value in values.items() if value < float("inf")}
        absent = {key for key, value in self.mappings("destination_present").items() if value == 0}
        redrive = {key for key, value in self.mappings("queue_redrive_present").items() if value == 0}
        found = {(*key, "records are given up and lost") for key in absent & enabled & limited}
        return found | {(*key, "its queue has no redrive policy") for key in redrive & enabled}

    def tags(self):
        """(team, what silences alerts) of each function that has tags."""
        found = self.by("aws_lambda_function_info", *TARGET[:3], "tag_team", "tag_lambda_async_alerts")
        return {key[:3]: key[3:] for key in found}

    def ages(self):
        """(retries, event age) of each target, and whether it stands out: no retries, or given up before them."""
        retries = self.by(f"{CONFIG}_maximum_retry_attempts", *TARGET)
        ages = self.by(f"{CONFIG}_maximum_event_age_seconds", *TARGET)
        odd = {
            target for target, count in retries.items()
            if count == 0 or ages[target] <= (60 if count == 1 else 180)
        }
        return retries, ages, odd


class Shown:
    """What each panel shows last: by dashboard, title and letter, series by their labels."""

    def __init__(self, prometheus, at, since, uids, **variables):
        self.prometheus, self.at, self.results, self.refused, self.compared = prometheus, at, {}, {}, set()
        for query in queries(__range=f"{length(at, since)}s", **variables):
            if query.dashboard in uids:
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
        self.compared.add(key)
        found = collections.defaultdict(list)
        for labels, value in self.results[key].items():
            labels = dict(labels)
            found[tuple(labels.get(label, "") for label in by)].append(value)
        return {key: values[0] if len(values) == 1 else values for key, values in found.items()}

    def rows(self, panel, *by):
        """The rows of an overview's list by some labels."""
        return set(self.values(OVERVIEW, panel, "A", by=by))


def check_overview(checks, shown, raw):
    """Counts, tables and lines of the whole fleet."""
    kinds, tags = raw.kinds(), raw.tags()
    gone = [key for key, value in raw.destinations("exists").items() if value == 0]
    firing = 'ALERTS{alertname=~"LambdaAsync.+", alertstate="firing"}'
    firing = raw.by(f"count by (alertname, severity) ({firing})", "alertname", "severity")
    figures = {panel: len(targets) for panel, targets in kinds.items()}
    figures |= {
        "Destinations gone": len(gone),
        "Mappings at risk": len(raw.at_risk()),
        "Alerts firing": round(sum(firing.values())),
    }
    for panel, figure in figures.items():
        checks.equal(f"{panel}: {figure}", shown.values(OVERVIEW, panel, "A"), {(): float(figure)})
    names = {account: name for account, name in raw.by("aws_lambda_account_info", "account_id", "account_name")}
    places = {
        "By account and region": (
            ("account_id", "account_name", "region"), lambda target: (target[0], names.get(target[0], ""), target[1]),
        ),
        "By team": (("team",), lambda target: (tags.get(target[:3], ("",))[0] or "no team",)),
    }
    for panel, (labels, place) in places.items():
        for letter, (kind, targets) in zip("ABC" if panel == "By team" else "ABCDE", kinds.items()):
            wanted = {where: float(count) for where, count in collections.Counter(map(place, targets)).items()}
            checks.equal(f"{panel}: {kind}", shown.values(OVERVIEW, panel, letter, by=labels), wanted)
    kept = raw.by('sum by (retained) (scope:lambda_async_targets:count)', "retained")
    for letter, retained in (("A", "0"), ("B", "1")):
        got = shown.values(OVERVIEW, "Functions and qualifiers, kept and lost", letter)
        checks.equal(f"Functions and qualifiers: retained {retained}", got, {(): kept[retained]})
    got = shown.values(OVERVIEW, "Lost, by account and region", "A", by=SCOPE)
    checks.equal("Lost, by account and region", got, raw.by('scope:lambda_async_targets:count{retained="0"}', *SCOPE))
    got = shown.values(OVERVIEW, "Firing alerts", "A", by=["alertname", "severity"])
    checks.equal("Firing alerts", got, firing)
    got = shown.values(OVERVIEW, "Where events go", "A", by=["condition", "destination_type"])
    kinds = collections.Counter((key[5], key[7]) for key in raw.destinations("info", "destination_type"))
    checks.equal("Where events go", got, {key: float(count) for key, count in kinds.items()})


def check_lists(checks, shown, raw, before):
    """Which functions and qualifiers the overview lists, each once and with what is said of it."""
    lost, tags = raw.lost(), raw.tags()
    got = shown.values(OVERVIEW, "Events are lost here", "A", by=TARGET)
    checks.equal(f"Events are lost here: {len(lost)}", got, lost)
    got = shown.rows("Events are lost here", *TARGET, "tag_team", "tag_lambda_async_alerts")
    checks.equal("their teams, and what is silenced", got, {(*target, *tags.get(target[:3], ("", ""))) for target in lost})
    gone = {key for key, value in raw.destinations("exists").items() if value == 0}
    got = shown.rows("Destinations that are gone", *TARGET, "uuid", "condition", "destination_arn")
    checks.equal(f"Destinations that are gone: {len(gone)}", got, gone)
    got = shown.rows("Mappings that lose records", *TARGET, "uuid", "problem")
    checks.equal("Mappings that lose records", got, raw.at_risk())
    scopes = {target[:2] for target in before.success}
    changed = {(*target, "kept them before") for target in lost if before.retained.get(target) == 1}
    changed |= {(*target, "is new") for target in lost if target not in before.success and target[:2] in scopes}
    got = shown.rows("Lost since the beginning of the range", *TARGET, "change")
    checks.equal(f"Lost since then: {len(changed)}", got, changed)
    retries, ages, odd = raw.ages()
    for letter, values in (("A", retries), ("B", ages)):
        got = shown.values(OVERVIEW, "Retries off, and short ages", letter, by=TARGET)
        checks.equal(f"Retries off, and short ages, {letter}", got, {target: values[target] for target in odd})
    missing = raw.by(f"{OWN}_target_not_found == 1", *TARGET)
    reasons = {target: reason(raw, missing, target) for target in raw.success | missing}
    reasons = {target: number for target, number in reasons.items() if number is not None}
    got = shown.values(OVERVIEW, "Not known, or not known for sure", "A", by=TARGET)
    checks.equal(f"Not known, or not known for sure: {len(reasons)}", got, reasons)


def reason(raw, missing, target):
    """The number for why a target is not known for sure; None if it is."""
    read = raw.success[target]
    if target in missing:
        return 2.0
    if target in raw.retained:
        return None if read else 3.0
    return read


def check_choices(checks, prometheus, at, since, raw):
    """What is chosen at the top narrows counts and lists, and a name that nothing has is no empty list."""
    lost, tags = raw.lost(), raw.tags()
    choices = {
        "functions": ("fraud", lambda target: "fraud" in target[2]),
        "account": ("444455556666", lambda target: target[0] == "444455556666"),
        "team": ("payments", lambda target: tags.get(target[:3], ("payments",))[0] == "payments"),
    }
    for variable, (value, belongs) in choices.items():
        shown = Shown(prometheus, at, since, [OVERVIEW], **{variable: value})
        got = shown.values(OVERVIEW, "Events are lost here", "A", by=TARGET)
        wanted = {target: came for target, came in lost.items() if belongs(target)}
        checks.equal(f"{variable} {value}: {len(wanted)} lose events", got, wanted)
        checks.equal(f"{variable} {value}: every query is understood", shown.refused, {})
    shown = Shown(prometheus, at, since, [OVERVIEW], functions="no-such-name")
    got = shown.rows("Events are lost here", "function_name")
    checks.equal("a name that nothing has", got, {("NOTHING IS READ, or no name is like that",)})


def check_function(checks, shown, raw, function):
    """The page of one function."""

    def own(values):
        return {key[3:]: value for key, value in values.items() if key[:3] == function}

    name, retained, success = function[2], own(raw.retained), own(raw.success)
    verdict = min(retained.values())
    exists = own(raw.destinations("exists"))
    figures = {
        "Failed events": 2.0 if verdict and success.keys() - retained.keys() else verdict,
        "Asynchronous events": max(own(raw.received).values()),
        "Qualifiers that lose events": list(retained.values()).count(0.0),
        "Destinations gone": list(exists.values()).count(0.0),
        "Last read": min(success.values()),
    }
    for panel, figure in figures.items():
        checks.equal(f"{name}: {panel}: {figure:.0f}", shown.values(FUNCTION, panel, "A"), {(): figure})
    retries, ages, _ = raw.ages()
    early = {target: 1.0 for target, count in retries.items() if count and ages[target] <= (60 if count == 1 else 180)}
    columns = {
        "A": raw.success,
        "B": raw.retained,
        "C": raw.received,
        "D": raw.by(f"{CONFIG}_present", *TARGET),
        "E": retries,
        "F": ages,
        "G": raw.by(f'{CONFIG}_destination_present{{condition="on_failure"}}', *TARGET),
        "H": raw.by(f"{QUEUE}_present", *TARGET),
        "I": raw.by(f'{CONFIG}_destination_present{{condition="on_success"}}', *TARGET),
        "J": raw.by(f"1000 * {CONFIG}_last_modified_timestamp_seconds", *TARGET),
        "K": early,
    }
    for letter, column in columns.items():
        got = shown.values(FUNCTION, "Qualifiers", letter, by=["qualifier"])
        checks.equal(f"{name}: its qualifiers, {letter}", got, own(column))
    wanted = {(*key[:3], key[4], key[3]): exists.get(key[:4], 2.0) for key in own(raw.destinations("info", "destination_type"))}
    labels = ("qualifier", "uuid", "condition", "destination_type", "destination_arn")
    checks.equal(f"{name}: its destinations", shown.values(FUNCTION, "Destinations and dead-letter queues", "A", by=labels), wanted)
    columns = {
        "B": raw.mappings("enabled"),
        "C": limits(raw.mappings("maximum_retry_attempts")),
        "D": limits(raw.mappings("maximum_record_age_seconds")),
        "E": raw.mappings("bisect_batch_on_function_error"),
        "F": raw.mappings("destination_present"),
        "G": raw.mappings("queue_redrive_present"),
        "H": {key: 1000 * value for key, value in raw.mappings("last_modified_timestamp_seconds").items()},
    }
    for letter, column in columns.items():
        got = shown.values(FUNCTION, "Event source mappings", letter, by=["qualifier", "uuid"])
        checks.equal(f"{name}: its mappings, {letter}", got, own(column))
    labels = ("uuid", "source_type", "event_source_arn")
    got = shown.values(FUNCTION, "Event source mappings", "A", by=("qualifier", *labels))
    checks.equal(f"{name}: its mappings", got, own(raw.by(f"{MAPPING}_info", *TARGET, *labels)))
    labels = ("qualifier", "alertname", "alertstate", "severity")
    here = ", ".join(f'{label}="{value}"' for label, value in zip(TARGET, function))
    alerts = raw.by(f"count by ({', '.join(labels)}) (ALERTS{{alertname=~\"LambdaAsync.+\", {here}}})", *labels)
    checks.equal(f"{name}: its alerts", set(shown.values(FUNCTION, "Alerts", "A", by=labels)), set(alerts))


def limits(values):
    """-1 where there is none."""
    return {key: -1.0 if value == float("inf") else value for key, value in values.items()}


def check_exporter(checks, shown, raw):
    """The exporter's own health."""
    states = raw.by(f"{OWN}_targets", *SCOPE, "state")
    ok = {key[:2]: value for key, value in states.items() if key[2] == "ok"}
    bad = {scope: sum(value for key, value in states.items() if key[:2] == scope and key[2] != "ok") for scope in ok}
    listed, first = raw.by(f"{OWN}_discovery_success", *SCOPE), raw.by(f"{OWN}_first_sweep_complete", *SCOPE)
    collected = raw.by(f"{OWN}_collector_success", *SCOPE, "collector")
    figures = {
        "Exporters": 1.0,
        "Configuration": 1.0,
        "First sweeps to come": float(list(first.values()).count(0)),
        "Targets ok": sum(ok.values()) / sum(states.values()),
        "Failing": float([*listed.values(), *collected.values()].count(0)),
    }
    shards = raw.by(f"max({OWN}_total_shards)", "job")
    numbers = raw.by(f"{OWN}_shard", "instance")
    figures |= {"Shards missing": total - len(set(numbers.values())) for total in shards.values()}
    if not shards:
        checks.equal("Shards missing", shown.values(EXPORTER, "Shards missing", "A"), {})
    for panel, figure in figures.items():
        checks.equal(f"{panel}: {figure:.4g}", shown.values(EXPORTER, panel, "A"), {(): figure})
    for letter, column in {"A": bad, "B": ok, "G": listed, "H": first}.items():
        got = shown.values(EXPORTER, "Accounts and regions", letter, by=SCOPE)
        checks.equal(f"Accounts and regions, {letter}", got, column)
    checks.equal("Collectors", shown.values(EXPORTER, "Collectors", "A", by=(*SCOPE, "collector")), collected)
