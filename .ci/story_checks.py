"""The first changes of the demo's story, as the demo announces them: each arrives in time, and changes nothing else."""

import dataclasses
import time
from collections.abc import Callable

from alert_checks import check_denied, check_fires, check_resolves
from checks import wait_for
from dashboard_checks import check_dashboards
from fleet import destination, identity, settings
from fleet_checks import CONFIG, check_fleet

MAIN = ("111122223333", "us-east-1")
DATA, DATA_REGION = "444455556666", "eu-west-1"
SETTLEMENT = (*MAIN, "payments-settlement-batch", "$LATEST")
CHURN = (DATA, DATA_REGION, "reports-churn-weekly")
FAX = (*MAIN, "notifications-fax-bridge")
# The demo says 40: its interval. A slow machine and a scrape take their time.
SHOWS_WITHIN = 55


@dataclasses.dataclass
class Change:
    """What happens, the query that finds it, and what it does to the fleets."""

    at: int
    what: str
    query: str
    apply: Callable = lambda fleet: None


def lose_destination(fleet):
    fleet.settings[SETTLEMENT]["on_failure"] = None


def mend(fleet):
    fleet.settings[SETTLEMENT]["on_failure"] = destination(MAIN, "sqs:payments-settlement-failed")


def create(fleet):
    fleet.functions[CHURN] = identity(CHURN, ["java21"])
    fleet.settings[*CHURN, "$LATEST"] = settings(CHURN[:2], [])


def delete(fleet):
    del fleet.functions[FAX], fleet.settings[*FAX, "$LATEST"]


ON_FAILURE = f'{CONFIG}destination_present{{function_name="{SETTLEMENT[2]}",condition="on_failure"}}'
LOST = Change(80, "a failure destination is lost", f"{ON_FAILURE} == 0", lose_destination)
MENDED = Change(160, "it is put back", f"{ON_FAILURE} == 1", mend)
STORY = [
    LOST,
    Change(110, "a function is created", f'{CONFIG}present{{function_name="{CHURN[2]}"}}', create),
    Change(140, "a function is deleted", f'absent({{function_name="{FAX[2]}"}})', delete),
    MENDED,
    Change(
        170, "a role is refused",
        f'sum(lambda_async_exporter_target_success{{account_id="{DATA}"}}) == 0'
        f' and sum(lambda_async_exporter_discovery_success{{account_id="{DATA}"}}) == 0',
    ),
]


def check_story(checks, prometheus, alertmanager, fleet, began, at):
    """Each change in its turn, and what is told of the first; then everything, while one account cannot be read.

    `at` is a moment before the first change.
    """
    for change in STORY:
        due = began + change.at
        seconds = due + SHOWS_WITHIN - time.monotonic()
        wait_for(f"{change.what}: in Prometheus", lambda query=change.query: prometheus.query(query, "job"), seconds)
        checks.check(f"{change.what}: shows after {time.monotonic() - due:.0f} s", True)
        change.apply(fleet)
        if change is LOST:
            check_fires(checks, alertmanager, SETTLEMENT, "payments")
        if change is MENDED:
            check_resolves(checks, prometheus, alertmanager, SETTLEMENT)
    check_fleet(checks, prometheus, fleet, time.time(), denied={DATA})
    now = check_denied(checks, prometheus, alertmanager, fleet, {DATA})
    check_dashboards(checks, prometheus, fleet, now, at, {DATA}, new={(*CHURN, "$LATEST")})
