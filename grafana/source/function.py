"""A function's page: every qualifier, what is in force there, and where failed events go."""

from . import look, variables
from .links import CONSOLE, FUNCTION as UID
from .panels import annotation, column, graph, row, stat, states, table
from .queries import (
    CONFIG,
    FUNCTION,
    INFO,
    MAPPING,
    QUEUE,
    RECEIVED,
    RETAINED,
    SUCCESS,
    console,
    destinations,
    named,
    short_ages,
    top,
    worst,
)

TITLE = "Lambda async: function"
DESCRIPTION = "One function: what becomes of the events that each of its qualifiers fails to process."
REFRESH = "1m"
VARIABLES = [
    variables.datasource(),
    variables.account(several=False),
    variables.region(several=False),
    variables.function(),
]
ALERTS = f'ALERTS{{alertname=~"LambdaAsync.+", {FUNCTION}'
ANNOTATION = annotation(
    f'group by (alertname, severity, qualifier) ({ALERTS}, alertstate="firing"}})', "qualifier {{qualifier}}"
)

# As many versions as a graph can show; the table has all of them.
QUALIFIERS = 20
BY = "(qualifier)"
BY_UUID = "(qualifier, uuid)"
RETAINED_HERE = f"{RETAINED}{{{FUNCTION}}}"
SUCCESS_HERE = f"{SUCCESS}{{{FUNCTION}}}"


def by_qualifier(metric, labels="", worse="min"):
    """One value for each qualifier, however many replicas publish it."""
    return worst(f"{metric}{{{FUNCTION}{labels}}}", BY, worse)


def by_mapping(metric):
    return worst(f"{MAPPING}_{metric}{{{FUNCTION}}}", BY_UUID)


def limit(metric):
    """-1 where there is none, as AWS says it."""
    return f"({by_mapping(metric)} < Inf or on {BY_UUID} 0 * group by {BY_UUID} ({MAPPING}_{metric}{{{FUNCTION}}}) - 1)"


def few(metric):
    """The same over time, for so many qualifiers; of those that are lowest, which for a verdict are those that lose."""
    return top(BY, worst(f"{metric}{{{FUNCTION}}}@", BY), pick="bottomk", lines=QUALIFIERS)


def existing():
    """Each destination with its kind, and whether it exists; 2 where that is not known."""
    on = "on (qualifier, uuid, condition, destination_arn)"
    info = destinations("info", FUNCTION, ", destination_type")
    return f"{info} * {on} group_left () {destinations('exists', FUNCTION)} or {on} 2 * {info}"


NOW = [
    stat(
        "Failed events",
        "Lost: at least one qualifier keeps failed events nowhere, or where they are sent does not exist. Not known: none is "
        "known to lose them, and of at least one it cannot be said.",
        (0, 0, 6, 4),
        f"min({RETAINED_HERE}) == 0 or 2 * group({SUCCESS_HERE} unless on (qualifier) {RETAINED_HERE}) "
        f"or min({RETAINED_HERE})",
        words=look.VERDICT,
        thresholds=look.ALL_GOOD,
    ),
    stat(
        "Asynchronous events",
        "Whether any qualifier received an asynchronous event within two weeks, as CloudWatch counts them.",
        (6, 0, 4, 4),
        f"max({RECEIVED}{{{FUNCTION}}})",
        words=look.RECEIVED,
    ),
    stat(
        "Qualifiers that lose events",
        "Of $LATEST and every version and alias that is read, those that keep failed events nowhere.",
        (10, 0, 5, 4),
        f"count({by_qualifier(RETAINED)} == 0) or 0 * count({RETAINED_HERE})",
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Destinations gone",
        "Destinations and dead-letter queues that are configured and do not exist.",
        (15, 0, 4, 4),
        f"count({destinations('exists', FUNCTION)} == 0) or 0 * group({SUCCESS_HERE})",
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Last read",
        "Whether AWS answered the last read of every qualifier in full. If not, what is shown are the last known "
        "settings, until poll.stale_after.",
        (19, 0, 5, 4),
        f"min({SUCCESS_HERE})",
        words=look.READ,
        thresholds=look.ALL_WELL,
    ),
    table(
        "Qualifiers",
        "What is in force: the event invoke config's values, else AWS's defaults, which are two retries and six hours. "
        "A version or alias does not inherit the config of $LATEST, and has the dead-letter queue that was there when the "
        "version was published. Empty cells are not known.",
        (0, 4, 24, 9),
        [
            f"min by (qualifier, console) ({console(SUCCESS_HERE)})",
            by_qualifier(RETAINED),
            by_qualifier(RECEIVED, worse="max"),
            by_qualifier(f"{CONFIG}_present"),
            by_qualifier(f"{CONFIG}_maximum_retry_attempts"),
            by_qualifier(f"{CONFIG}_maximum_event_age_seconds"),
            by_qualifier(f"{CONFIG}_destination_present", ', condition="on_failure"'),
            by_qualifier(f"{QUEUE}_present"),
            by_qualifier(f"{CONFIG}_destination_present", ', condition="on_success"'),
            f"1000 * {by_qualifier(f'{CONFIG}_last_modified_timestamp_seconds')}",
            f'group by (qualifier) ({short_ages(FUNCTION)})',
        ],
        [
            column("qualifier", "Qualifier"),
            column("Value #B", "Failed events", 130, words=look.LOST),
            column("Value #C", "Events came", 110, words=look.RECEIVED),
            column("Value #D", "Config", 130, words=look.CONFIG),
            column("Value #E", "Retries", 80, words=look.RETRIES),
            column("Value #F", "Event age", 100, unit="s"),
            column("Value #K", "Age ends", 125, words=look.ENDS),
            column("Value #G", "On failure", 100, words=look.YES_NO),
            column("Value #H", "Dead-letter queue", 145, words=look.YES_NO),
            column("Value #I", "On success", 100, words=look.YES_NO),
            column("Value #J", "Last change", 190, unit="dateTimeAsIso"),
            column("Value #A", "Last read", 120, words=look.READ),
            CONSOLE,
        ],
        sort="Qualifier",
        empty="",
    ),
    table(
        "Destinations and dead-letter queues",
        "Where events go: to the destination on success or failure and to the dead-letter queue of each qualifier, and "
        "records of event source mappings. Whether they exist is not known where the exporter may not ask.",
        (0, 13, 24, 8),
        [existing()],
        [
            column("qualifier", "Qualifier", 150),
            column("condition", "When", 160),
            column("destination_type", "Type", 90),
            column("destination_arn", "ARN", copied=True),
            column("Value", "Exists", 110, words=look.EXISTS),
            column("uuid", "Mapping", 310, copied=True),
        ],
        sort="Qualifier",
    ),
    table(
        "Event source mappings",
        "Streams and queues that feed the function. Empty cells: the source has no such setting, or it is not known. A "
        "mapping without limits blocks its shard instead of giving records up.",
        (0, 21, 24, 7),
        [
            f"group by (qualifier, uuid, source_type, event_source_arn) ({MAPPING}_info{{{FUNCTION}}})",
            by_mapping("enabled"),
            limit("maximum_retry_attempts"),
            limit("maximum_record_age_seconds"),
            by_mapping("bisect_batch_on_function_error"),
            by_mapping("destination_present"),
            by_mapping("queue_redrive_present"),
            f"1000 * {by_mapping('last_modified_timestamp_seconds')}",
        ],
        [
            column("qualifier", "Qualifier", 110),
            column("source_type", "Source", 100),
            column("event_source_arn", "ARN", copied=True),
            column("Value #B", "Enabled", 80, words=look.YES_NO),
            column("Value #C", "Retries", 90, words=look.NO_LIMIT),
            column("Value #D", "Record age", 110, unit="s", words=look.NO_LIMIT),
            column("Value #E", "Bisects", 80, words=look.YES_NO),
            column("Value #F", "On failure", 100, words=look.YES_NO),
            column("Value #G", "Redrive", 90, words=look.KEEPS),
            column("Value #H", "Last change", 190, unit="dateTimeAsIso"),
            column("uuid", "Mapping", 150, copied=True),
        ],
        sort="Source",
        empty="",
    ),
    table(
        "Alerts",
        "Alerts about this function that are pending or firing in Prometheus; none where the rules are not loaded, which the "
        "overview says. Those that Grafana evaluates itself are under Alerting.",
        (0, 28, 12, 6),
        [f"group by (alertname, alertstate, severity, qualifier) ({ALERTS}}})"],
        [
            column("alertname", "Alert"),
            column("qualifier", "Qualifier", 110),
            column("severity", "Severity", 90),
            column("alertstate", "State", 90),
        ],
        sort="Alert",
    ),
    table(
        "The function",
        "What it is. Team and silenced are the tags `team` and `lambda-async-alerts`, where the exporter publishes them "
        "(labels.tags).",
        (12, 28, 12, 6),
        [
            named(
                "group by (account_id, region, function_arn, runtime, package_type, tag_team, tag_lambda_async_alerts, console) "
                f"({console(f'{INFO}{{{FUNCTION}}}')})"
            )
        ],
        [
            column("function_arn", "ARN", copied=True),
            column("account_name", "Account's name", 120),
            column("runtime", "Runtime", 100),
            column("package_type", "Package", 80),
            column("tag_team", "Team", 100),
            column("tag_lambda_async_alerts", "Silenced", 90),
            CONSOLE,
        ],
    ),
]

OVER_TIME = [
    row("Over time", 34),
    states(
        "Failed events by qualifier",
        f"When the failed events of each qualifier were kept and when they were lost; of {QUALIFIERS} qualifiers at most.",
        (0, 35, 24, 6),
        few(RETAINED),
        "{{qualifier}}",
        look.LOST,
    ),
    graph(
        "Retries in force",
        f"MaximumRetryAttempts, or AWS's default 2; of {QUALIFIERS} qualifiers at most.",
        (0, 41, 12, 7),
        [(few(f"{CONFIG}_maximum_retry_attempts"), "{{qualifier}}")],
        max=2,
        decimals=0,
    ),
    graph(
        "Event age in force",
        "MaximumEventAgeInSeconds, or AWS's default of six hours. Lambda waits one minute before the first retry and two "
        f"more before the second: below three minutes the second never happens. Of {QUALIFIERS} qualifiers at most.",
        (12, 41, 12, 7),
        [(few(f"{CONFIG}_maximum_event_age_seconds"), "{{qualifier}}")],
        unit="s",
    ),
]

PANELS = NOW + OVER_TIME
