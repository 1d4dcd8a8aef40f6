"""A function's page: every qualifier, what is in force there, and where failed events go."""

from . import look, variables
from .links import CONSOLE, FUNCTION as UID
from .panels import column, graph, row, stat, states, table
from .queries import FUNCTION, PROTECTED, SUCCESS, console, labelled, top

TITLE = "Lambda async: function"
DESCRIPTION = "One function: what becomes of the events that each of its qualifiers fails to process."
VARIABLES = [
    variables.datasource(),
    variables.account(SUCCESS, several=False),
    variables.region(SUCCESS, several=False),
    variables.team(),
    variables.function(),
]

CONFIG = "aws_lambda_event_invoke_config"
# As many versions as a graph can show; the table has all of them.
QUALIFIERS = 20


def by_qualifier(metric, labels=""):
    """One value for each qualifier, however many replicas publish it."""
    return f"max by (qualifier) ({metric}{{{FUNCTION}{labels}}})"


def few(metric):
    """The same over time, for so many qualifiers; of those that are lowest, which for protection are those that lose."""
    return top("(qualifier)", f"max by (qualifier) ({metric}{{{FUNCTION}}}@)", pick="bottomk", lines=QUALIFIERS)


NOW = [
    stat(
        "Failed events",
        "Protected: every qualifier of the function has a failure destination or the function a dead-letter queue. Lost: "
        "at least one qualifier has neither.",
        (0, 0, 6, 4),
        f"min(function_team:lambda_async_protected:min{{{FUNCTION}}})",
        words=look.PROTECTION,
        thresholds=look.ALL_PROTECTED,
    ),
    stat(
        "Dead-letter queue",
        "Whether the function's DeadLetterConfig names a target. It takes the failed events of all qualifiers.",
        (6, 0, 4, 4),
        f"max(aws_lambda_function_dead_letter_queue_present{{{FUNCTION}}})",
        words=look.YES_NO,
    ),
    stat(
        "Qualifiers read",
        "$LATEST, and every version and alias that is read.",
        (10, 0, 4, 4),
        f"count({SUCCESS}{{{FUNCTION}}})",
    ),
    stat(
        "Qualifiers that lose events",
        "Those with neither a failure destination nor a dead-letter queue.",
        (14, 0, 5, 4),
        f"count({PROTECTED}{{{FUNCTION}}} == 0) or 0 * count({PROTECTED}{{{FUNCTION}}})",
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Last read",
        "Whether AWS answered the last read of every qualifier in full. If not, what is shown are the last known "
        "settings, until poll.stale_after.",
        (19, 0, 5, 4),
        f"min({SUCCESS}{{{FUNCTION}}})",
        words=look.READ,
        thresholds=look.ALL_WELL,
    ),
    table(
        "Qualifiers",
        "What is in force: the event invoke config's values, else AWS's defaults, which are two retries and six hours. "
        "A version or alias does not inherit the config of $LATEST. Empty cells are not known.",
        (0, 4, 24, 9),
        [
            f"max by (qualifier, console) ({console(f'{SUCCESS}{{{FUNCTION}}}')})",
            by_qualifier(PROTECTED),
            by_qualifier(f"{CONFIG}_present"),
            by_qualifier(f"{CONFIG}_maximum_retry_attempts"),
            by_qualifier(f"{CONFIG}_maximum_event_age_seconds"),
            by_qualifier(f"{CONFIG}_destination_present", ', condition="on_failure"'),
            by_qualifier(f"{CONFIG}_destination_present", ', condition="on_success"'),
            f"1000 * {by_qualifier(f'{CONFIG}_last_modified_timestamp_seconds')}",
        ],
        [
            column("qualifier", "Qualifier"),
            column("Value #B", "Failed events", 150, words=look.PROTECTION),
            column("Value #C", "Config", 130, words=look.CONFIG),
            column("Value #D", "Retries", 85),
            column("Value #E", "Event age", 110, unit="s"),
            column("Value #F", "On failure", 110, words=look.YES_NO),
            column("Value #G", "On success", 110, words=look.YES_NO),
            column("Value #H", "Last change", 190, unit="dateTimeAsIso"),
            column("Value #A", "Last read", 120, words=look.READ),
            CONSOLE,
        ],
        sort="Qualifier",
    ),
    table(
        "Destinations and dead-letter queue",
        "Where events go: to the destination on success or failure of each qualifier, and to the dead-letter queue of the "
        "whole function. The ARN is as AWS has it; whether the resource exists is not checked.",
        (0, 13, 16, 8),
        [
            "max by (qualifier, condition, type, arn) (label_replace(label_replace("
            f'{CONFIG}_destination_info{{{FUNCTION}}}, "type", "$1", "destination_type", "(.+)"), '
            '"arn", "$1", "destination_arn", "(.+)") or '
            + labelled(
                labelled(
                    "label_replace(label_replace("
                    f'aws_lambda_function_dead_letter_queue_info{{{FUNCTION}}}, "type", "$1", "target_type", "(.+)"), '
                    '"arn", "$1", "target_arn", "(.+)")',
                    "qualifier",
                    "all",
                ),
                "condition",
                "dead_letter_queue",
            )
            + ")"
        ],
        [
            column("qualifier", "Qualifier", 150),
            column("condition", "When", 150),
            column("type", "Type", 90),
            column("arn", "ARN"),
        ],
        sort="Qualifier",
    ),
    table(
        "Alerts",
        "Alerts about this function that are pending or firing in Prometheus. Those that Grafana evaluates itself are under "
        "Alerting.",
        (16, 13, 8, 8),
        [f"max by (alertname, alertstate, qualifier) (ALERTS{{{FUNCTION}}})"],
        [
            column("alertname", "Alert"),
            column("qualifier", "Qualifier", 95),
            column("alertstate", "State", 80),
        ],
        sort="Alert",
    ),
    table(
        "The function",
        "What it is. The team is the tag `team`, where the exporter publishes it (labels.tags).",
        (0, 21, 24, 4),
        [
            "max by (account_id, region, function_arn, runtime, package_type, tag_team, console) "
            f"({console(f'aws_lambda_function_info{{{FUNCTION}}}')})"
        ],
        [
            column("function_arn", "ARN"),
            column("runtime", "Runtime", 130),
            column("package_type", "Package", 110),
            column("account_id", "Account", 130),
            column("region", "Region", 130),
            column("tag_team", "Team", 130),
            CONSOLE,
        ],
    ),
]

OVER_TIME = [
    row("Over time", 25),
    states(
        "Failed events by qualifier",
        f"When the failed events of each qualifier were kept and when they were lost; of {QUALIFIERS} qualifiers at most.",
        (0, 26, 24, 6),
        few(PROTECTED),
        "{{qualifier}}",
        look.LOST,
    ),
    graph(
        "Retries in force",
        f"MaximumRetryAttempts, or AWS's default 2; of {QUALIFIERS} qualifiers at most.",
        (0, 32, 12, 7),
        [(few(f"{CONFIG}_maximum_retry_attempts"), "{{qualifier}}")],
        max=2,
        decimals=0,
    ),
    graph(
        "Event age in force",
        "MaximumEventAgeInSeconds, or AWS's default of six hours. Lambda waits one minute before the first retry and two "
        f"more before the second: below three minutes the second never happens. Of {QUALIFIERS} qualifiers at most.",
        (12, 32, 12, 7),
        [(few(f"{CONFIG}_maximum_event_age_seconds"), "{{qualifier}}")],
        unit="s",
    ),
]

PANELS = NOW + OVER_TIME
