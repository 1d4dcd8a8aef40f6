"""The rules on the running demo: every recorded series, every alert, and the way of one alert to a receiver and back."""

import functools
import pathlib
import re
import time

from checks import get, wait_for
from rule_expectations import Expectations
from rule_times import shorter

CONFIG = pathlib.Path(__file__).parent.parent / "config"
# A minute is a second, and a scrape comes each minute. The demo's story leaves room: its first change is undone 80 minutes
# after it, and in between, an hour after the first sweep, it is known what was there an hour ago.
FACTOR = 60
MISSING = "LambdaAsyncFailureDestinationMissing"
REMOVED = "LambdaAsyncFailureDestinationRemoved"
# Seconds until what fires or ends is seen everywhere: an hour of the rules, and then some.
LONGEST_WAIT = 75


def write_rules(directory):
    """The rules in a hurry; returns their files."""
    for path in (CONFIG / "prometheus" / "rules").glob("*.yaml"):
        (directory / path.name).write_text(shorter(path.read_text(encoding="utf-8"), FACTOR), encoding="utf-8")
    return [f"{directory}/*.yaml"]


def write_alertmanager(directory, alertmanager):
    """Alertmanager's configuration in a hurry, with its receiver."""
    text = shorter((CONFIG / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"), FACTOR)
    webhook = f'    webhook_configs: [{{url: "http://127.0.0.1:{alertmanager.receiver.port}/"}}]\n'
    for name in ("  - name: page\n", "  - name: tickets\n"):
        assert text.count(name) == 1, f"alertmanager.yml has one {name.strip()}"
        text = text.replace(name, name + webhook)
    (directory / "alertmanager.yml").write_text(text, encoding="utf-8")


def check_rules(checks, prometheus, fleet, at):
    """Of a fleet that is read in full: every recorded series, and every alert that fires or is about to."""
    expected = Expectations(fleet)
    check_recordings(checks, prometheus, expected, at)
    check_alerts(checks, prometheus.series("ALERTS", "alertstate", at=at), expected, "active")


def check_recordings(checks, prometheus, expected, at):
    """Each recording rule, all its series with all their labels."""
    recordings = expected.recordings()
    loaded = {rule["name"] for rule in prometheus.rules() if rule["type"] == "recording"}
    checks.equal("the table of fleets tells of every recording rule", loaded, set(recordings))
    for name, values in recordings.items():
        got = prometheus.series(name, at=at)
        if None in values.values():
            got = dict.fromkeys(got)
        checks.equal(f"{name}: {len(values)} series", got, values)


def check_alerts(checks, got, expected, state):
    """Each alert by its name, and none of another name."""
    alerts = expected.alerts()
    for name in sorted({dict(alert)["alertname"] for alert in alerts}):
        wanted = {alert for alert in alerts if ("alertname", name) in alert}
        found = {alert for alert in got if ("alertname", name) in alert}
        checks.equal(f"{name}: {state} for these {len(wanted)}", found, wanted)
    checks.equal(f"no other alert is {state}", got.keys() - alerts - expected.possible(), set())


def check_fires(checks, alertmanager, target, team):
    """An alert and the worse one that explains it have reached Alertmanager, for people to read."""
    labels = dict(zip(("account_id", "region", "function_name", "qualifier"), target))
    wait_for(f"{MISSING} in Alertmanager", lambda: len(alertmanager.alerts(**labels)) >= 2, LONGEST_WAIT)
    for name, severity in ((MISSING, "warning"), (REMOVED, "critical")):
        found = alertmanager.alerts(alertname=name, **labels)
        finding = "missing" if name == MISSING else "removed"
        more = {"alertname": name, "severity": severity, "team": team, "finding": finding, "job": "demo"}
        whole = frozenset((labels | more).items())
        checks.equal(f"{name} reaches Alertmanager, all its labels", set(found), {whole})
        for alert in found.values():
            check_texts(checks, name, alert["annotations"], target)
    spared = functools.partial(alertmanager.alerts, alertname=MISSING, **labels)
    wait_for(
        f"{MISSING} is inhibited by {REMOVED}",
        lambda: any(alert["status"]["inhibitedBy"] for alert in spared().values()), LONGEST_WAIT,
    )
    checks.check(f"{MISSING} is inhibited by {REMOVED}", True)


def check_texts(checks, name, annotations, target):
    """What an engineer who is woken reads."""
    account, region, function, qualifier = target
    begins = f"Function {function}, qualifier {qualifier}, in account {account}, region {region}, has "
    checks.check(f"{name}: its summary names what it is about", annotations["summary"].startswith(begins), annotations)
    checks.check(f"{name}: its description too", f"{function}:{qualifier}" in annotations["description"], annotations)
    checks.equal(f"{name}: its runbook", annotations["runbook_url"], f"docs/runbooks/{name}.md")


def check_resolves(checks, prometheus, alertmanager, target):
    """Put back, the alerts are gone everywhere, and the receiver has been told of each beginning and end."""
    labels = dict(zip(("account_id", "region", "function_name", "qualifier"), target))
    wait_for("the alerts end in Alertmanager", lambda: not alertmanager.alerts(**labels), LONGEST_WAIT)
    matchers = ",".join(f'{key}="{value}"' for key, value in labels.items())
    checks.equal("no alert about what is mended is left", prometheus.series(f"ALERTS{{{matchers}}}"), {})
    # The graver one spares people the other, of which they need not be told at all.
    told = functools.partial(alertmanager.receiver.of, alertname=REMOVED, **labels)
    wait_for(f"the end of {REMOVED} is told", lambda: told()[-1:] == ["resolved"], 30)
    checks.equal(f"the receiver was told of {REMOVED}", told(), ["firing", "resolved"])


def check_denied(checks, prometheus, alertmanager, fleet, denied):
    """While accounts cannot be read, one alert for each scope says so; what was known stays, with its alerts. Says when."""
    expected = Expectations(fleet, denied)
    not_read = {alert for alert in expected.alerts() if ("alertname", "LambdaAsyncScopeNotRead") in alert}
    wait_for(
        "LambdaAsyncScopeNotRead in Alertmanager",
        lambda: not_read == alertmanager.alerts(alertname="LambdaAsyncScopeNotRead").keys(), LONGEST_WAIT,
    )
    at = time.time()
    check_recordings(checks, prometheus, expected, at)
    firing = prometheus.series('ALERTS{alertstate="firing"}', "alertstate", at=at)
    check_alerts(checks, firing, expected, "firing")
    check_alerts(checks, alertmanager.alerts(), expected, "in Alertmanager")
    return at


def check_health(checks, prometheus):
    """No rule has failed at any time, nor come late, and no alert was lost on its way."""
    own = get(f"{prometheus.url}/metrics")[1]
    for trouble in ("rule_evaluation_failures", "rule_group_iterations_missed", "notifications_dropped", "notifications_errors"):
        values = re.findall(rf"^prometheus_{trouble}_total(?:\{{.*\}})? (\S+)$", own, re.MULTILINE)
        checks.check(f"prometheus_{trouble}_total 0", values and not any(map(float, values)), values)
