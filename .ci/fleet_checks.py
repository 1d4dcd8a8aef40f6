"""Every value of the fleets in Prometheus, at one moment, and no others."""

import collections

CONFIG = "aws_lambda_event_invoke_config_"
DEAD_LETTER = "aws_lambda_function_dead_letter_queue_"
SCOPE = ("account_id", "region")
FUNCTION = (*SCOPE, "function_name")
TARGET = (*FUNCTION, "qualifier")
STATES = ("ok", "throttled", "denied", "not_found", "failed")
MAPPING = (*TARGET, "uuid")
# What the demo tells a person to ask.
LOST = "aws_lambda_function_async_failures_retained == 0"
TEAMS = f"""
    count by (tag_team) (aws_lambda_function_info and on (account_id, region, function_name) ({LOST}))"""


def check_fleet(checks, prometheus, fleet, at, denied=()):
    """All of it; of the accounts that are denied, what was read before."""
    check_settings(checks, prometheus, fleet, at)
    check_destinations(checks, prometheus, fleet, at)
    check_existence(checks, prometheus, fleet, at)
    check_functions(checks, prometheus, fleet, at)
    check_mappings(checks, prometheus, fleet, at)
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


def check_existence(checks, prometheus, fleet, at):
    """Which destinations and dead-letter queues exist, as far as that can be known."""
    found = {
        (*target, condition, settings[condition][1]): fleet.exists(settings[condition])
        for target, settings in fleet.settings.items()
        for condition in ("on_failure", "on_success")
        if settings[condition]
    }
    expected = {key: float(exists) for key, exists in found.items() if exists is not None}
    got = prometheus.query(CONFIG + "destination_exists", *TARGET, "condition", "destination_arn", at=at)
    checks.equal(f"destination_exists: {list(expected.values()).count(0.0)} are gone", got, expected)
    expected = {
        (*target, queue[1]): float(fleet.exists(queue))
        for target in fleet.settings for queue in fleet.queues(target) if queue
    }
    got = prometheus.query(DEAD_LETTER + "exists", *TARGET, "target_arn", at=at)
    checks.equal("dead_letter_queue_exists", got, expected)


def check_functions(checks, prometheus, fleet, at):
    """The functions themselves, and the dead-letter queues in force."""
    queues = {target: fleet.queues(target) for target in fleet.settings}
    present = {target: float(all(of)) for target, of in queues.items()}
    got = prometheus.query(DEAD_LETTER + "present", *TARGET, at=at)
    checks.equal(f"dead_letter_queue_present of {len(present)} targets", got, present)
    info = {(*target, *queue): 1.0 for target, of in queues.items() for queue in of if queue}
    got = prometheus.query(DEAD_LETTER + "info", *TARGET, "target_type", "target_arn", at=at)
    checks.equal("dead_letter_queue_info", got, info)
    received = {target: float(settings["events"]) for target, settings in fleet.settings.items()}
    got = prometheus.query("aws_lambda_function_async_events_received", *TARGET, at=at)
    checks.equal("async_events_received", got, received)
    labels = ("function_arn", "runtime", "package_type", "tag_team")
    info = {(*function, *(about[label] for label in labels)): 1.0 for function, about in fleet.functions.items()}
    got = prometheus.query("aws_lambda_function_info", *FUNCTION, *labels, at=at)
    checks.equal("function_info, with each function's team", got, info)


def check_mappings(checks, prometheus, fleet, at):
    """Event source mappings."""

    def by_mapping(value):
        found = {(*mapping["target"], mapping["uuid"]): mapping[value] for mapping in fleet.mappings}
        return {key: float(value) for key, value in found.items() if value is not None}

    prefix = "aws_lambda_event_source_mapping_"
    info = {
        (*mapping["target"], mapping["uuid"], mapping["source"], mapping["source_type"]): 1.0
        for mapping in fleet.mappings
    }
    got = prometheus.query(prefix + "info", *MAPPING, "event_source_arn", "source_type", at=at)
    checks.equal(f"event_source_mapping_info of {len(info)} mappings", got, info)
    columns = {"enabled": "enabled", "destination_present": "has_destination", "queue_redrive_present": "redrive"}
    for metric, value in columns.items():
        got = prometheus.query(prefix + metric, *MAPPING, at=at)
        checks.equal(f"event_source_mapping_{metric}", got, by_mapping(value))


def check_lost(checks, prometheus, fleet, at):
    """The question that the exporter is there for."""
    retained = {target: float(kept) for target, kept in fleet.retained().items()}
    got = prometheus.query("aws_lambda_function_async_failures_retained", *TARGET, at=at)
    checks.equal("the verdict on every target", got, retained)
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
    names = {"111122223333": "acme", "444455556666": "acme-data"}
    got = prometheus.query("aws_lambda_account_info", "account_id", "account_name", at=at)
    checks.equal("the accounts' names", got, dict.fromkeys(names.items(), 1.0))
    discovery = {scope: float(scope[0] not in denied) for scope in fleet.scopes}
    got = prometheus.query("lambda_async_exporter_discovery_success", *SCOPE, at=at)
    checks.equal("discovery_success of every account and region", got, discovery)
