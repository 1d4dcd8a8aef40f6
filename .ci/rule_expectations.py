"""What the rules must say about a fleet, from its table: every recorded series and every alert, with all their labels."""

import collections

PROTECTIONS = ("protected", "unprotected", "unknown")
# The label of the scrape target that stays.
SCRAPED = {"job": "demo"}


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

    def findings(self):
        """Targets with what is wrong with them, and the value that it has; silenced ones too."""
        short = {target: values["age"] for target, values in self.fleet.settings.items() if too_short(values)}
        return {"missing": dict.fromkeys(self.fleet.lost(), 1.0), "short_age": short}

    def recordings(self):
        """The values of every recording rule about functions, by its name."""
        current, held, silenced = {}, {}, self.silenced()
        for finding, targets in self.findings().items():
            for target, value in targets.items():
                current[target_series(target, finding=finding, **SCRAPED)] = value
                if target not in silenced:
                    labels = {"finding": finding, "team": self.team(target)} | SCRAPED
                    held[target_series(target, **labels)] = value
        return {
            "target:lambda_async_finding:current": current,
            "target_team:lambda_async_finding:held": held,
            "function:lambda_async_silenced:group": {
                function_series(function, silenced=about["alerts"]): 1.0
                for function, about in self.fleet.functions.items() if about["alerts"]
            },
            "scope:lambda_async_unreadable:group": {scope_series(scope, **SCRAPED): 1.0 for scope in self.unreadable},
            "scope:lambda_async_unread:group": {scope_series(scope): 1.0 for scope in self.unreadable},
            "scope:lambda_async_targets:count": self.counts(),
        }

    def alerts(self):
        """Every alert that must be there, while nothing has changed for an hour."""
        names = {
            "missing": ("LambdaAsyncFailureDestinationMissing", "warning"),
            "short_age": ("LambdaAsyncEventAgeTooShort", "info"),
        }
        silenced = self.silenced()
        alerts = {
            target_series(
                target, finding=finding, team=self.team(target), alertname=names[finding][0], severity=names[finding][1], **SCRAPED
            )
            for finding, targets in self.findings().items()
            for target in targets
            if target not in silenced
        }
        alerts |= {
            target_series(target, alertname="LambdaAsyncFunctionNotFound", severity="warning", **SCRAPED)
            for target in self.not_found
        }
        many = collections.Counter((target[0], self.team(target)) for target in self.fleet.lost() - silenced)
        alerts |= {
            series(
                account_id=account, team=team, alertname="LambdaAsyncManyDestinationsMissing", severity="warning", **SCRAPED
            )
            for (account, team), number in many.items() if number > 10
        }
        return alerts | {
            scope_series(scope, alertname="LambdaAsyncScopeNotRead", severity="warning", **SCRAPED)
            for scope in self.unreadable
        }

    def possible(self):
        """Alerts that may be there or not: the demo shows old values for 5 minutes, which is long where an hour is one."""
        name = "LambdaAsyncReadingsStale"
        return {scope_series(scope, alertname=name, severity="warning", **SCRAPED) for scope in self.unreadable}

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

    def counts(self):
        """How many targets of an account and region keep failed events, and how many lose them."""
        counts = collections.Counter((target[:2], f"{value:.0f}") for target, value in self.protected.items())
        return {
            scope_series(scope, retained=retained, **SCRAPED): float(count) for (scope, retained), count in counts.items()
        }


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
