"""The overview: which functions lose events, where, whose, and since when."""

from . import look, variables
from .links import CONSOLE, OVERVIEW, TO_ACCOUNT, TO_FUNCTION, TO_REGION
from .panels import annotation, column, graph, row, stat, table
from .queries import (
    ALERTS,
    BY_FUNCTION,
    BY_SCOPE,
    BY_TARGET,
    CONFIG,
    COUNTED,
    INFO,
    LISTED,
    NOT_FOUND,
    RECEIVED,
    RETAINED,
    ROWS,
    SCOPE,
    SUCCESS,
    TARGETS,
    chosen,
    console,
    count,
    destinations,
    either,
    gone,
    idle,
    in_teams,
    labelled,
    losing,
    lost,
    mappings_at_risk,
    named,
    renamed,
    short_ages,
    top,
    unless_unread,
    unsettled,
    worst,
)

UID = OVERVIEW
TITLE = "Lambda async: overview"
DESCRIPTION = "Functions whose failed asynchronous events are lost: where, whose and since when."
# As often as the exporter reads by default: each of its queries is about the whole fleet.
REFRESH = "5m"
VARIABLES = [
    variables.datasource(),
    variables.account(),
    variables.region(),
    variables.team(),
    variables.functions(),
]
# Only these: thousands of marks would cover the graphs.
ANNOTATION = annotation(
    f'group by (alertname, severity, account_id, region) ({ALERTS}, alertstate="firing", severity="critical"}})',
    "account {{account_id}}, region {{region}}",
)

# Whatever another replica says: what one of them says to be lost is lost.
KEPT = f"{worst(chosen(RETAINED))} == 1"
IN_USE = f"group by {BY_TARGET} ({chosen(RECEIVED, ' == 1')})"
FIRING = f'{ALERTS}, alertstate="firing"}}'

NAME = column("function_name", "Function", link=TO_FUNCTION)
QUALIFIER = column("qualifier", "Qualifier", 110)
ACCOUNT = column("account_id", "Account", 130)
ACCOUNT_NAME = column("account_name", "Account's name", 140)
REGION = column("region", "Region", 120)
TEAM = column("tag_team", "Team", 120)
UUID = column("uuid", "Mapping", 150, copied=True)


def of_scopes(expression):
    return named(f"count by {BY_SCOPE} ({expression})")


def of_teams(expression, among):
    teams = renamed(labelled(in_teams(expression, among), "team", "no team"), "team", "tag_team")
    return f"count by (team) ({teams})"


# What loses events that come or may come, what would lose them, what is not known, what is kept, and what is in use.
PARTS = [losing(), idle(), unsettled(), KEPT, IN_USE]
LOSSES = f"({RETAINED} == 0)"
UNSETTLED = f"({SUCCESS} unless on {BY_TARGET} {RETAINED})"


def count_columns(*places, parts=5):
    return [
        *places,
        column("Value #A", "Losing", 90, thresholds=look.NONE_LOST),
        column("Value #B", "No events", 100, thresholds=look.NONE_AMISS),
        column("Value #C", "Not known", 100, thresholds=look.NONE_AMISS),
        column("Value #D", "Kept", 90),
        column("Value #E", "In use", 90),
    ][: len(places) + parts]


NOW = [
    stat(
        "Losing events",
        "Functions and qualifiers that keep failed events nowhere, or where they are sent does not exist, and that received "
        "asynchronous events within two weeks, or it is not known whether they did. The list below names them.",
        (0, 0, 3, 4),
        count(PARTS[0]),
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Would lose events",
        "The same where no asynchronous event came within two weeks: nothing is lost until one comes and fails.",
        (3, 0, 3, 4),
        count(PARTS[1]),
        thresholds=look.NONE_AMISS,
    ),
    stat(
        "Not known",
        "Functions and qualifiers without a verdict: not read, only read in part, or configured and not there. They may "
        "lose events too.",
        (6, 0, 3, 4),
        count(PARTS[2]),
        thresholds=look.NONE_AMISS,
    ),
    stat(
        "Kept",
        "Functions and qualifiers whose failed events go to a failure destination or dead-letter queue that is not known to "
        "be gone.",
        (9, 0, 3, 4),
        count(KEPT),
    ),
    stat(
        "In use",
        "Functions and qualifiers that received asynchronous events within two weeks, as CloudWatch counts them.",
        (12, 0, 3, 4),
        count(IN_USE),
    ),
    stat(
        "Destinations gone",
        "Failure and success destinations and dead-letter queues that are configured and do not exist, once for each function "
        "and qualifier.",
        (15, 0, 3, 4),
        count(gone()),
        thresholds=look.NONE_LOST,
    ),
    stat(
        "Mappings at risk",
        "Event source mappings that give records up and keep them nowhere, or whose queue has no redrive policy.",
        (18, 0, 3, 4),
        count(mappings_at_risk()),
        thresholds=look.NONE_AMISS,
    ),
    stat(
        "Alerts firing",
        "Of these rules, in Prometheus, in the chosen accounts and regions. RULES NOT LOADED: this Prometheus has not "
        "evaluated recording.yaml, so nobody is alerted by it, and the graphs over time are empty.",
        (21, 0, 3, 4),
        f"-1 * (group({SUCCESS}) unless group({COUNTED})) or count({FIRING}) or 0 * group({COUNTED})",
        words=look.ALERTS,
        thresholds=look.NONE_AMISS,
    ),
    table(
        "Events are lost here",
        "Every function and qualifier whose failed events are lost, those that receive events first; at most "
        f"{ROWS} of them: narrow them down at the top. Silenced: the function's tag lambda-async-alerts, if the exporter "
        "publishes it.",
        (0, 4, 24, 11),
        [unless_unread(console(named(in_teams(f"topk({ROWS}, {lost()})", LOSSES))))],
        [
            NAME,
            QUALIFIER,
            column("Value", "Events came", 110, words=look.EVENTS),
            ACCOUNT,
            ACCOUNT_NAME,
            REGION,
            TEAM,
            column("tag_lambda_async_alerts", "Silenced", 100),
            CONSOLE,
        ],
        sort="-Events came",
    ),
    table(
        "Destinations that are gone",
        "What is sent there is lost, and AWS says so to nobody. Create it again under the same name, or set another one.",
        (0, 15, 14, 8),
        [unless_unread(f"topk({ROWS}, {gone()})")],
        [
            NAME,
            QUALIFIER,
            column("condition", "When", 150),
            column("destination_arn", "ARN", copied=True),
            ACCOUNT,
            REGION,
            UUID,
        ],
        sort="Function",
    ),
    table(
        "Mappings that lose records",
        "Event source mappings that are enabled and give records up without a failure destination, and queues that keep what "
        "fails only until it expires.",
        (14, 15, 10, 8),
        [unless_unread(f"topk({ROWS}, {mappings_at_risk()})")],
        [NAME, QUALIFIER, column("problem", "Problem", 220), ACCOUNT, REGION, UUID],
        sort="Function",
    ),
]

PLACES = [
    row("Where and whose", 23),
    table(
        "By account and region",
        "Functions and qualifiers. A click on an account or a region shows it alone.",
        (0, 24, 16, 9),
        [of_scopes(part) for part in PARTS],
        count_columns(
            column("account_id", "Account", 130, link=TO_ACCOUNT),
            column("account_name", "Account's name"),
            column("region", "Region", 120, link=TO_REGION),
        ),
        sort="-Losing",
        empty="0",
    ),
    table(
        "By team",
        "By the functions' tag `team`, where the exporter publishes it (labels.tags); teams that lose no events are not here.",
        (16, 24, 8, 9),
        [of_teams(losing(), LOSSES), of_teams(idle(), LOSSES), of_teams(unsettled(), UNSETTLED)],
        count_columns(column("team", "Team"), parts=3),
        sort="-Losing",
        empty="0",
    ),
    table(
        "Firing alerts",
        "How many of each kind. Alerts that Grafana evaluates itself are under Alerting.",
        (0, 33, 12, 7),
        [f"count by (alertname, severity) ({FIRING})"],
        [column("alertname", "Alert"), column("severity", "Severity", 100), column("Value", "Firing", 90)],
        sort="-Firing",
    ),
    table(
        "Where events go",
        "Destinations and dead-letter queues of functions and event source mappings by their kind.",
        (12, 33, 12, 7),
        [f"count by (condition, destination_type) ({destinations('info', LISTED, ', destination_type')})"],
        [column("condition", "When"), column("destination_type", "Type", 120), column("Value", "Functions", 100)],
        sort="-Functions",
    ),
]

OVER_TIME = [
    row("Over time", 40),
    graph(
        "Functions and qualifiers, kept and lost",
        "What keeps failed events, and what loses them, whether or not events come; of all teams and names. From the "
        "recording rules.",
        (0, 41, 12, 8),
        [
            (f'sum(max by (account_id, region) ({COUNTED}{{retained="0", {SCOPE}}}))', "lost"),
            (f'sum(max by (account_id, region) ({COUNTED}{{retained="1", {SCOPE}}}))', "kept"),
        ],
        lines={"lost": (look.RED, None), "kept": (look.GREEN, [12, 6])},
    ),
    graph(
        "Lost, by account and region",
        "The ten accounts and regions that have the most of them at the end of the range, of all teams and names. From the "
        "recording rules.",
        (12, 41, 12, 8),
        [(top(BY_SCOPE, f'max by {BY_SCOPE} ({COUNTED}{{retained="0", {SCOPE}}}@)'), "{{account_id}} {{region}}")],
    ),
]

LOST = f"group by {BY_TARGET} ({chosen(RETAINED, ' == 0')}"
# Scopes that were read then: elsewhere, nothing is new.
READ_BEFORE = f"and on {BY_SCOPE} {TARGETS} offset $__range"
BEFORE = f"{SUCCESS} offset $__range"
AGE = f"{CONFIG}_maximum_event_age_seconds{{{LISTED}}}"
RETRIES = f"{CONFIG}_maximum_retry_attempts{{{LISTED}}}"
ODD = f"({worst(f'{RETRIES} == 0')} or on {BY_TARGET} {short_ages(LISTED)})"
ODD = f'(topk({ROWS}, {ODD} unless on {BY_FUNCTION} {INFO}{{tag_team!~"$team"}}))'

CHANGES = [
    row("Changes, settings and gaps", 49),
    table(
        "Lost since the beginning of the range",
        "What kept its failed events then and loses them now, and what came without a place for them. Choose the range at "
        "the top right.",
        (0, 50, 12, 8),
        [
            either(
                unless_unread(
                    f"topk({ROWS}, "
                    + labelled(f"{LOST} and on {BY_TARGET} {RETAINED} offset $__range == 1)", "change", "kept them before")
                    + " or "
                    + labelled(f"{LOST} unless on {BY_TARGET} {BEFORE} {READ_BEFORE})", "change", "is new")
                    + ")"
                ),
                labelled(f"absent({TARGETS} offset $__range)", "function_name", "NO DATA FROM THEN: choose a shorter range"),
            )
        ],
        [NAME, QUALIFIER, column("change", "Change", 150), ACCOUNT, REGION],
        sort="Function",
    ),
    table(
        "Retries off, and short ages",
        "Where retries are 0, or events are given up before their retries: the first comes after one minute, the second two "
        "minutes later. Where they are lost too, they are in the list at the top.",
        (12, 50, 12, 8),
        [
            f"{worst(RETRIES)} and on {BY_TARGET} {ODD}",
            f"{worst(AGE)} and on {BY_TARGET} {ODD}",
        ],
        [
            NAME,
            QUALIFIER,
            column("Value #A", "Retries", 80, words=look.RETRIES),
            column("Value #B", "Event age", 100, unit="s", thresholds=look.SHORT),
            ACCOUNT,
            REGION,
        ],
        sort="Function",
    ),
    table(
        "Not known, or not known for sure",
        "Functions and qualifiers that AWS does not answer about in full. Where they have last known settings, those count "
        "until poll.stale_after.",
        (0, 58, 24, 8),
        [
            unless_unread(
                f"topk({ROWS}, 2 * {worst(chosen(NOT_FOUND, ' == 1'))} or on {BY_TARGET} {unsettled()} "
                f"or on {BY_TARGET} 3 + {worst(chosen(SUCCESS, ' == 0'))})"
            )
        ],
        [NAME, QUALIFIER, column("Value", "Reason", 150, words=look.REASON), ACCOUNT, REGION],
        sort="Function",
    ),
]

PANELS = NOW + PLACES + OVER_TIME + CHANGES
