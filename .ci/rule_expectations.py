"""What the rules must say about a fleet, from its table: every recorded series and every alert, with all their labels."""

import collections

# The label of every series that is scraped here, beside the exporter's own.
JOB = {"job": "demo"}
# LambdaAsyncManyDestinationsMissing stands for more than so many of an account and team; no team has them here.
MANY = 10
# The alert of each finding, and how severe it is; what is missing depends on whether events come.
ALERTS = {
    "removed": ("LambdaAsyncFailureDestinationRemoved", "critical"),
    "dropping": ("LambdaAsyncMappingDropsRecords", "warning"),
    "without_redrive": ("LambdaAsyncQueueWithoutRedrive", "warning"),
    "short_age": ("LambdaAsyncEventAgeTooShort", "info"),
}


def series(**labels):
    """A series' labels as Prometheus has them: one that is empty is not there."""
    return frozenset((key, value) for key, value in labels.items() if value)


class Expectations:
    """Of a fleet whose last state is known; the accounts that are denied show what was read before."""

    def __init__(self, fleet, denied=()):
        self.fleet, self.denied = fleet, denied
        self.unreadable = [scope for scope in fleet.scopes if scope[0] in denied]
        self.not_found = {(*function, "$LATEST") for function in fleet.missing}

    def team(self, target):
        return self.fleet.functions.get(target[:3], {}).get("tag_team", "")

    def silenced(self, target):
        """Whether nobody wants alerts about it, by the function's tag."""
        said = self.fleet.functions[target[:3]]["alerts"]
        return said == "off" or (said == "aliases-only" and target[3] == "$LATEST")

    def findings(self):
        """What is wrong: (target, finding, further labels) and its value."""
        found = {}

        def add(target, finding, value=1.0, **labels):
            found[target, finding, tuple(labels.items())] = value

        fleet = self.fleet
        keepers_gone = set()
        for target, settings in fleet.settings.items():
            keepers = {("dead_letter_queue", queue) for queue in fleet.queues(target)}
            keepers |= {(condition, settings[condition]) for condition in ("on_failure", "on_success")}
            for condition, where in keepers:
                if where and fleet.exists(where) is False:
                    add(target, "gone", condition=condition, destination_arn=where[1])
                    if condition != "on_success":
                        keepers_gone.add(target)
            if too_short(settings):
                add(target, "short_age", settings["age"])
        for target in fleet.lost() - keepers_gone:
            add(target, "missing", float(fleet.settings[target]["events"]))
        for mapping in fleet.mappings:
            if mapping["enabled"] and mapping["limited"] and mapping["has_destination"] is False:
                add(mapping["target"], "dropping", uuid=mapping["uuid"])
            if mapping["enabled"] and mapping["redrive"] is False:
                add(mapping["target"], "without_redrive", uuid=mapping["uuid"])
        return found

    def held(self):
        """Those that somebody wants to know of."""
        return {key: value for key, value in self.findings().items() if not self.silenced(key[0])}

    def recordings(self):
        """The values of every recording rule, by its name; None where only the series are told, not their values."""
        scopes = self.fleet.scopes
        unreadable = dict.fromkeys(self.unreadable, 1.0)
        silenced = {function: about["alerts"] for function, about in self.fleet.functions.items() if about["alerts"]}
        counts = collections.Counter((*target[:2], str(int(kept))) for target, kept in self.fleet.retained().items())
        return {
            "scope:lambda_async_known_until:timestamp": {scope_series(scope): None for scope in scopes},
            "scope:lambda_async_unreadable:group": {scope_series(scope, **JOB): 1.0 for scope in unreadable},
            "scope:lambda_async_unread:group": {scope_series(scope): 1.0 for scope in unreadable},
            "scope:lambda_async_tags_read:group": {
                scope_series(scope): 1.0 for scope in scopes if scope not in unreadable
            },
            "function:lambda_async_silenced:group": {
                function_series(function, silenced=said): 1.0 for function, said in silenced.items()
            },
            "target:lambda_async_finding:current": {
                target_series(target, finding=finding, **dict(labels), **JOB): value
                for (target, finding, labels), value in self.findings().items()
            },
            "target_team:lambda_async_finding:held": {
                target_series(target, finding=finding, team=self.team(target), **dict(labels), **JOB): value
                for (target, finding, labels), value in self.held().items()
            },
            "scope:lambda_async_targets:count": {
                scope_series(key[:2], retained=key[2], **JOB): float(count) for key, count in counts.items()
            },
        }

    def alerts(self):
        """Every alert that must be there, while nothing has changed for an hour."""
        alerts, many = set(), collections.Counter()
        for (target, finding, labels), value in self.held().items():
            labels = dict(labels)
            if finding == "missing":
                name, severity = "LambdaAsyncFailureDestinationMissing", "warning" if value else "info"
                many[target[0], self.team(target)] += int(value)
            elif finding == "gone":
                severity = "warning" if labels["condition"] == "on_success" else "critical"
                name = "LambdaAsyncDestinationGone"
            else:
                name, severity = ALERTS[finding]
            labels |= {"finding": finding, "team": self.team(target), "alertname": name, "severity": severity}
            alerts.add(target_series(target, **labels, **JOB))
        assert max(many.values()) <= MANY, "one alert would stand for many of these"
        for target in self.not_found:
            name = "LambdaAsyncFunctionNotFound"
            alerts.add(target_series(target, alertname=name, severity="warning", **JOB))
        for scope in self.unreadable:
            alerts.add(scope_series(scope, alertname="LambdaAsyncScopeNotRead", severity="warning", **JOB))
        return alerts

    def possible(self):
        """Alerts that may be there or not: the demo shows old values for 5 minutes, which is long where an hour is one."""
        name = "LambdaAsyncReadingsStale"
        return {scope_series(scope, alertname=name, severity="warning", **JOB) for scope in self.unreadable}


def too_short(values):
    """An event is given up before its retries: they come after one minute, and two more."""
    waits = [60, 60 + 120][:int(values["retries"])]
    return bool(waits) and values["age"] <= waits[-1]


def target_series(target, **labels):
    return function_series(target[:3], qualifier=target[3], **labels)


def function_series(function, **labels):
    return scope_series(function[:2], function_name=function[2], **labels)


def scope_series(scope, **labels):
    return series(account_id=scope[0], region=scope[1], **labels)
