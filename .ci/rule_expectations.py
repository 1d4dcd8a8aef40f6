"""What the rules must say about a fleet, from its table: every recorded series and every alert, with all their labels."""

import collections

PROTECTIONS = ("protected", "unprotected", "unknown")


def series(**labels):
    """A series' labels as Prometheus has them: one that is empty is not there."""
    return frozenset((key, value) for key, value in labels.items() if value)


class Expectations:
    """Of a fleet whose last state is known; the accounts that are denied show what was read before."""

    def __init__(self, fleet, denied=()):
        self.fleet, self.denied = fleet, denied
        self.unreadable = [scope for scope in fleet.scopes if scope[0] in denied]
        self.not_found = {(*function, "$LATEST") for function in fleet.missing}
        # 1 where a failed event goes somewhere; what does not exist is not there.
        self.protected = {
            target: float(bool(values["on_failure"] or fleet.functions[target[:3]]["dead_letter"]))
            for target, values in fleet.settings.items()
        }

    def team(self, target):
        return self.fleet.functions.get(target[:3], {}).get("tag_team", "")

    def silenced(self):
        """Targets whose alerts nobody wants, by the function's tag."""
        tags = {function: about["alerts"] for function, about in self.fleet.functions.items()}
        return {
            target
            for target in self.protected
            if tags[target[:3]] == "off" or (tags[target[:3]] == "aliases-only" and target[3] == "$LATEST")
        }

    def recordings(self):
        """The values of every recording rule, by its name."""
        settings, functions = self.fleet.settings, self.fleet.functions
        success = {target: float(target[0] not in self.denied) for target in settings}
        success |= dict.fromkeys(self.not_found, 0.0)
        return {
            "scope:lambda_async_hold:max": {},
            "target:lambda_async_exporter_target_success:max": by_target(success),
            "target:aws_lambda_event_invoke_config_failure_destination_present:max": by_target(
                {target: float(values["on_failure"] is not None) for target, values in settings.items()}
            ),
            "target:aws_lambda_event_invoke_config_maximum_retry_attempts:max": by_target(
                {target: values["retries"] for target, values in settings.items()}
            ),
            "target:aws_lambda_event_invoke_config_maximum_event_age_seconds:max": by_target(
                {target: values["age"] for target, values in settings.items()}
            ),
            "function:aws_lambda_function_dead_letter_queue_present:max": {
                function_series(function): float(about["dead_letter"] is not None)
                for function, about in functions.items()
            },
            "function_team:aws_lambda_function_info:max": {
                function_series(function, tag_team=about["tag_team"]): 1.0
                for function, about in functions.items() if about["tag_team"]
            },
            "function:lambda_async_alerts_tag:max": {
                function_series(function, tag_lambda_async_alerts=about["alerts"]): 1.0
                for function, about in functions.items() if about["alerts"]
            },
            "target:lambda_async_silenced:group": by_target(dict.fromkeys(self.silenced(), 1.0)),
            "target:lambda_async_protected:max": by_target(self.protected),
            "target_team:lambda_async_exporter_target_success:max": self.by_target_and_team(success),
            "target_team:lambda_async_protected:max": self.by_target_and_team(self.protected),
            "function_team:lambda_async_protected:min": {
                function_series(function, tag_team=self.team(function)): float(kind == "protected")
                for function, kind in self.functions().items() if kind != "unknown"
            },
            "target:lambda_async_not_found:group": by_target(dict.fromkeys(self.not_found, 1.0)),
            "scope:lambda_async_unreadable:group": {scope_series(scope): 1.0 for scope in self.unreadable},
            "scope_team:lambda_async_targets:count": self.counts(self.targets()),
            "scope_team:lambda_async_functions:count": self.counts(self.functions()),
            # CloudWatch is not there.
            "function:aws_lambda_async_events_dropped:max_over_time30m": {},
            "function:aws_lambda_destination_delivery_failures:max_over_time30m": {},
            "function:aws_lambda_dead_letter_errors:max_over_time30m": {},
            "target:aws_lambda_async_events_dropped:max_over_time30m": {},
        }

    def alerts(self):
        """Every alert that must be there, while nothing has changed for an hour."""
        found = {
            "LambdaAsyncFailureDestinationMissing": self.fleet.lost(),
            "LambdaAsyncQualifierDiffers": self.differing(),
            "LambdaAsyncRetriesOffWithoutDestination": {
                target for target in self.fleet.lost() if self.fleet.settings[target]["retries"] == 0
            },
            "LambdaAsyncEventAgeTooShort": {
                target for target, values in self.fleet.settings.items() if too_short(values)
            },
            "LambdaAsyncFunctionNotFound": self.not_found,
        }
        silenced = self.silenced()
        alerts = {
            target_series(target, tag_team=self.team(target), alertname=name, severity="warning")
            for name, targets in found.items()
            for target in targets
            if target not in silenced
        }
        return alerts | {
            scope_series(scope, alertname="LambdaAsyncScopeNotRead", severity="warning") for scope in self.unreadable
        }

    def possible(self):
        """Alerts that may be there or not: the demo shows old values for 5 minutes, which is long where an hour is one."""
        name = "LambdaAsyncReadingsStale"
        return {scope_series(scope, alertname=name, severity="warning") for scope in self.unreadable}

    def differing(self):
        """Versions and aliases of which one cannot say what is true of their function."""
        silenced = {target[:3] for target in self.silenced() if target[3] == "$LATEST"}
        return {
            target
            for target, protected in self.protected.items()
            if protected != self.protected.get((*target[:3], "$LATEST"), protected) and target[:3] not in silenced
        }

    def targets(self):
        """Each target's protection."""
        kinds = dict.fromkeys(self.not_found, "unknown")
        return kinds | {target: PROTECTIONS[0 if value else 1] for target, value in self.protected.items()}

    def functions(self):
        """Each function's: that of its worst target."""
        worst = {}
        for target, kind in self.targets().items():
            worst.setdefault(target[:3], set()).add(kind)
        order = ("unprotected", "unknown", "protected")
        return {function: next(kind for kind in order if kind in kinds) for function, kinds in worst.items()}

    def counts(self, kinds):
        """How many of each kind an account, region and team have, be it 0."""
        counts = collections.Counter((*key[:2], self.team(key), kind) for key, kind in kinds.items())
        places = {key[:3] for key in counts}
        return {
            scope_series(place[:2], tag_team=place[2], protection=kind): float(counts[*place, kind])
            for place in places
            for kind in PROTECTIONS
        }

    def by_target_and_team(self, values):
        return {target_series(target, tag_team=self.team(target)): value for target, value in values.items()}


def too_short(values):
    """An event is given up before its retries: they come after one minute, and two more."""
    waits = [60, 60 + 120][:int(values["retries"])]
    return bool(waits) and values["age"] <= waits[-1]


def by_target(values):
    return {target_series(target): value for target, value in values.items()}


def target_series(target, **labels):
    return function_series(target[:3], qualifier=target[3], **labels)


def function_series(function, **labels):
    return scope_series(function[:2], function_name=function[2], **labels)


def scope_series(scope, **labels):
    return series(account_id=scope[0], region=scope[1], **labels)
