"""Every value of the fleets in Prometheus, at one moment, and no others."""

import collections

CONFIG = "aws_lambda_event_invoke_config_"
DEAD_LETTER = "aws_lambda_function_dead_letter_queue_"
SCOPE = ("account_id", "region")
FUNCTION = (*SCOPE, "function_name")
TARGET = (*FUNCTION, "qualifier")
STATES = ("ok", "throttled", "denied", "not_found", "failed")
# What the demo tells a person to ask.
LOST = f"""
    {CONFIG}destination_present{{condition="on_failure"}} == 0
      and on (account_id, region, function_name) {DEAD_LETTER}present == 0"""
TEAMS = f"""
    count by (tag_team) (aws_lambda_function_info and on (account_id, region, function_name) ({LOST}))"""


def check_fleet(checks, prometheus, fleet, at, denied=()):
    """All of it; of the accounts that are denied, what was read before."""
    check_settings(checks, prometheus, fleet, at)
    check_destinations(checks, prometheus, fleet, at)
    check_functions(checks, prometheus, fleet, at)
    check_lost(checks, prometheus, fleet, at)
    check_states(checks, prometheus, fleet, at, denied)


def check_settings(checks, prometheus, fleet, at):
    """Every target's settings."""
    metrics = {"present": "present", "maximum_retry_attempts": "retries", "maximum_event_age_seconds": "age"}
    for metric, key in metrics.items():
        expected = {target: settings[key] for target, settings in fleet.settings.items()}
        got = prometheus.query(CONFIG + metric, *TARGET, at=at)
        checks.equal(f"{metric} of {len(expected)} targets", got, expected)
    configured = {target for target, settings in fleet.settings.items() if settings["present"]}
    got = prometheus.query(CONFIG + "last_modified_timestamp_seconds", *TARGET, at=at)
    checks.equal("last_modified only where there is a config", set(got), configured)


def check_destinations(checks, prometheus, fleet, at):
    """Both conditions of every target, and where each destination leads."""
    destinations = {
        (*target, condition): settings[condition]
        for target, settings in fleet.settings.items()
        for condition in ("on_failure", "on_success")
    }
    present = {key: float(destination is not None) for key, destination in destinations.items()}
    info = {(*key, *destination): 1.0 for key, destination in destinations.items() if destination}
    got = prometheus.query(CONFIG + "destination_present", *TARGET, "condition", at=at)
    checks.equal(f"destination_present: {len(present)} series, both conditions of each", got, present)
    labels = (*TARGET, "condition", "destination_type", "destination_arn")
    got = prometheus.query(CONFIG + "destination_info", *labels, at=at)
    checks.equal(f"destination_info: {len(info)} destinations", got, info)
    types = {"sqs", "sns", "lambda", "events", "s3", "kafka"}
    checks.equal("every destination type is among them", {key[5] for key in got}, types)


def check_functions(checks, prometheus, fleet, at):
    """The functions themselves, and their dead-letter queues."""
    queues = {function: about["dead_letter"] for function, about in fleet.functions.items()}
    present = {function: float(queue is not None) for function, queue in queues.items()}
    got = prometheus.query(DEAD_LETTER + "present", *FUNCTION, at=at)
    checks.equal(f"dead_letter_queue_present of {len(present)} functions", got, present)
    info = {(*function, *queue): 1.0 for function, queue in queues.items() if queue}
    got = prometheus.query(DEAD_LETTER + "info", *FUNCTION, "target_type", "target_arn", at=at)
    checks.equal("dead_letter_queue_info", got, info)
    labels = ("function_arn", "runtime", "package_type", "tag_team")
    info = {(*function, *(about[label] for label in labels)): 1.0 for function, about in fleet.functions.items()}
    got = prometheus.query("aws_lambda_function_info", *FUNCTION, *labels, at=at)
    checks.equal("function_info, with each function's team", got, info)


def check_lost(checks, prometheus, fleet, at):
    """The question that the exporter is there for."""
    lost = fleet.lost()
    got = set(prometheus.query(LOST, *TARGET, at=at))
    checks.equal(f"the {len(lost)} targets that lose events are found", got, lost)
    functions = {target[:3] for target in lost}
    teams = collections.Counter(fleet.functions[function]["tag_team"] for function in functions)
    checks.equal(f"and the {len(teams)} teams that they are of", prometheus.query(TEAMS, "tag_team", at=at), teams)


def check_states(checks, prometheus, fleet, at, denied):
    """Which targets were read, one by one and counted."""
    states = {target: "denied" if target[0] in denied else "ok" for target in fleet.settings}
    states |= {(*function, "$LATEST"): "not_found" for function in fleet.missing}
    success = {target: float(state == "ok") for target, state in states.items()}
    got = prometheus.query("lambda_async_exporter_target_success", *TARGET, at=at)
    failures = len(success) - sum(success.values())
    checks.equal(f"target_success is 0 for {failures:.0f} targets", got, success)
    counts = collections.Counter((*target[:2], state) for target, state in states.items())
    expected = {(*scope, state): float(counts[*scope, state]) for scope in fleet.scopes for state in STATES}
    got = prometheus.query("lambda_async_exporter_targets", *SCOPE, "state", at=at)
    checks.equal("targets in each state", got, expected)
    discovery = {scope: float(scope[0] not in denied) for scope in fleet.scopes}
    got = prometheus.query("lambda_async_exporter_discovery_success", *SCOPE, at=at)
    checks.equal("discovery_success of every account and region", got, discovery)
