"""The overview: which functions lose events, where, whose, and since when."""

from . import look, variables
from .links import CONSOLE, OVERVIEW, TO_ACCOUNT, TO_FUNCTION, TO_REGION
from .panels import column, graph, row, stat, table
from .queries import (
    BY_SCOPE,
    BY_TARGET,
    FUNCTIONS,
    NOT_FOUND,
    PROTECTED,
    ROWS,
    SCOPE,
    SILENCED,
    SUCCESS,
    TARGETS,
    TEAM,
    console,
    functions,
    labelled,
    targets,
    top,
)

UID = OVERVIEW
TITLE = "Lambda async: overview"
DESCRIPTION = "Functions whose failed asynchronous events are lost: where, whose and since when."
VARIABLES = [
    variables.datasource(),
    variables.account(),
    variables.region(),
    variables.team(),
    variables.functions(),
]

LISTED = f'{TEAM}, function_name=~"$functions"'
LOST = f"{PROTECTED}{{{LISTED}}} == 0"
FRESH = "lambda_async_exporter_oldest_reading_timestamp_seconds"


def teams(expression):
    """With a label `team` that every series has."""
    named = 'label_replace({}, "team", "$1", "tag_team", "(.+)")'
    return named.format(labelled(expression, "team", "no team"))


def counts(by, relabel=str):
    """Unprotected, not known and protected functions."""
    return [f"sum by ({by}) ({relabel(functions(kind))})" for kind in ("unprotected", "unknown", "protected")]


def count_columns(field, title, link=None):
    return [
        column(field, title, link=link),
        column("Value #A", "Unprotected", 100, thresholds=look.NONE_LOST),
        column("Value #B", "Unknown", 80, thresholds=look.NONE_AMISS),
        column("Value #C", "Protected", 80),
    ]


# Over time: a dash for each kind, so that it can be told without its colour.
KINDS = {"unprotected": (look.RED, None), "unknown": (look.ORANGE, [2, 6]), "protected": (look.GREEN, [12, 6])}

TARGET_COLUMNS = [
    column("function_name", "Function", link=TO_FUNCTION),
    column("qualifier", "Qualifier", 110),
    column("account_id", "Account", 130),
    column("region", "Region", 130),
    column("tag_team", "Team", 130),
]

NOW = [
    stat(
        "Unprotected functions",
        "Functions of which at least one qualifier has neither a failure destination nor a dead-letter queue: an event "
        "that it fails to process is lost. Silenced ones are counted too.",
        (0, 0, 4, 4),
        f"sum({functions('unprotected')})",
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Unprotected qualifiers",
        "The same, counted by function and qualifier: $LATEST, versions and aliases each have settings of their own.",
        (4, 0, 4, 4),
        f"sum({targets('unprotected')})",
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Share protected",
        "Functions all of whose qualifiers are known to keep their failed events, of all functions.",
        (8, 0, 4, 4),
        f"sum({functions('protected')}) / sum({FUNCTIONS}{{{TEAM}}})",
        unit="percentunit",
        thresholds=look.ALL_PROTECTED,
        decimals=1,
    ),
    stat(
        "Functions watched",
        "All functions that the exporter reads: protected, unprotected and not known.",
        (12, 0, 4, 4),
        f"sum({FUNCTIONS}{{{TEAM}}})",
    ),
    stat(
        "Not known",
        "Functions that could not be read, or that are configured and do not exist. They may lose events too.",
        (16, 0, 4, 4),
        f"sum({functions('unknown')})",
        thresholds=look.NONE_AMISS,
    ),
    stat(
        "Oldest reading",
        "How old the oldest settings are that the figures here rest on. LambdaAsyncReadingsStale fires above an hour.",
        (20, 0, 4, 4),
        f"max(time() - max by {BY_SCOPE} ({FRESH}{{{SCOPE}}}))",
        unit="s",
        thresholds=look.AGE,
        decimals=0,
    ),
    table(
        "Functions by account",
        "Each account's functions. A click on an account shows it alone.",
        (0, 4, 8, 7),
        counts("account_id"),
        count_columns("account_id", "Account", TO_ACCOUNT),
        sort="-Unprotected",
    ),
    table(
        "Functions by region",
        "Each region's functions, in all chosen accounts. A click on a region shows it alone.",
        (8, 4, 8, 7),
        counts("region"),
        count_columns("region", "Region", TO_REGION),
        sort="-Unprotected",
    ),
    table(
        "Functions by team",
        "By the functions' tag `team`, where the exporter publishes it (labels.tags).",
        (16, 4, 8, 7),
        counts("team", teams),
        count_columns("team", "Team"),
        sort="-Unprotected",
    ),
    table(
        "Events are lost here",
        f"Every function and qualifier with neither a failure destination nor a dead-letter queue, at most {ROWS} of "
        "them: narrow them down at the top. Those silenced by the function's tag lambda-async-alerts raise no alert.",
        (0, 11, 24, 11),
        [
            console(
                f"topk({ROWS}, "
                + labelled(f"{LOST} unless on {BY_TARGET} {SILENCED}", "alerts", "on")
                + " or "
                + labelled(f"{LOST} and on {BY_TARGET} {SILENCED}", "alerts", "silenced")
                + ")"
            )
        ],
        [*TARGET_COLUMNS, column("alerts", "Alerts", 100), CONSOLE],
        sort="Function",
    ),
]

OVER_TIME = [
    row("Over time", 22),
    graph(
        "Functions by protection",
        "Unprotected functions lose events, unknown ones may.",
        (0, 23, 12, 8),
        [(f"sum by (protection) ({FUNCTIONS}{{{TEAM}}})", "{{protection}}")],
        lines=KINDS,
    ),
    graph(
        "Functions and qualifiers by protection",
        "The same, counted by function and qualifier.",
        (12, 23, 12, 8),
        [(f"sum by (protection) ({TARGETS}{{{TEAM}}})", "{{protection}}")],
        lines=KINDS,
    ),
    graph(
        "Unprotected functions by account and region",
        "The ten accounts and regions that have the most of them at the end of the range.",
        (0, 31, 12, 8),
        [
            (
                top(BY_SCOPE, f"sum by {BY_SCOPE} ({functions('unprotected')}@)"),
                "{{account_id}} {{region}}",
            )
        ],
    ),
    graph(
        "Unprotected functions by team",
        "The ten teams that have the most of them at the end of the range.",
        (12, 31, 12, 8),
        [(top("(team)", f"sum by (team) ({teams(functions('unprotected') + '@')})"), "{{team}}")],
    ),
]

CHANGES = [
    row("Changes and gaps", 39),
    table(
        "Unprotected since the beginning of the range",
        "What lost its protection, and what came without one. Choose the range at the top right.",
        (0, 40, 24, 8),
        [
            f"topk({ROWS}, "
            + labelled(f"{LOST} and on {BY_TARGET} {PROTECTED} offset $__range == 1", "change", "lost its protection")
            + " or "
            + labelled(
                f"{LOST} unless on {BY_TARGET} {SUCCESS} offset $__range and on {BY_SCOPE} {SUCCESS} offset $__range",
                "change",
                "is new",
            )
            + ")"
        ],
        [*TARGET_COLUMNS, column("change", "Change", 150)],
        sort="Function",
    ),
    table(
        "Not known, or not known for sure",
        "Functions and qualifiers that AWS does not answer about. Where they have last known settings, those are counted "
        "until poll.stale_after.",
        (0, 48, 24, 8),
        [
            f"topk({ROWS}, "
            + labelled(f"{SUCCESS}{{{LISTED}}} and on {BY_TARGET} {NOT_FOUND}", "reason", "does not exist")
            + " or "
            + labelled(
                f"{SUCCESS}{{{LISTED}}} unless on {BY_TARGET} {PROTECTED} unless on {BY_TARGET} {NOT_FOUND}",
                "reason",
                "not read",
            )
            + " or "
            + labelled(f"{SUCCESS}{{{LISTED}}} == 0 and on {BY_TARGET} {PROTECTED}", "reason", "last known")
            + ")"
        ],
        [*TARGET_COLUMNS, column("reason", "Reason", 150)],
        sort="Function",
    ),
]

PANELS = NOW + OVER_TIME + CHANGES
