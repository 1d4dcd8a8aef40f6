"""The exporter itself: whether what the other dashboards show can be relied on, and what it costs."""

from . import look, variables
from .links import EXPORTER as UID, TO_SCOPE
from .panels import annotation, column, graph, row, stat, table
from .queries import ALERTS, BY_SCOPE, LINES, OWN, ROWS, SCOPE, TARGETS, labelled, of_exporters, top

TITLE = "Lambda async: exporter"
DESCRIPTION = "The exporter's own health: freshness, throttling, errors, sweeps, scrapes and processes."
REFRESH = "1m"
VARIABLES = [variables.datasource(), variables.scope_account(), variables.scope_region()]
ANNOTATION = annotation(
    f'group by (alertname, severity, account_id, region) ({ALERTS}, alertstate="firing", function_name=""}})',
    "account {{account_id}}, region {{region}}",
)

CALLS = f"{OWN}_api_requests_total"
THROTTLED = f'{CALLS}{{outcome="throttled", {SCOPE}}}'


def worst(metric, worse="min"):
    """Of each scope; where replicas differ, the worse one, which mostly is the lower."""
    return f"{worse} by {BY_SCOPE} ({OWN}_{metric}{{{SCOPE}}}@)"


def rate(selector, by):
    return f"sum by {by} (rate({selector}[$__rate_interval]@))"


def plain(expression):
    """Without the places for `@ end()`, which only `top` fills."""
    return expression.replace("@", "")


def duration(quantile):
    """By operation. Where there was no call there is none: it is not a number, and no line."""
    buckets = f"{OWN}_api_request_duration_seconds_bucket[$__rate_interval]"
    return f"histogram_quantile({quantile}, sum by (le, operation) (rate({buckets}))) >= 0"


AGE = f"time() - {worst('oldest_reading_timestamp_seconds')}"
# From 0, so that a scope that was never throttled has a line too.
SHARE = f"(sum by {BY_SCOPE} (rate({THROTTLED}[$__rate_interval]@)) or 0 * {rate(f'{CALLS}{{{SCOPE}}}', BY_SCOPE)})"
SHARE = f"{SHARE} / ({rate(f'{CALLS}{{{SCOPE}}}', BY_SCOPE)} > 0)"
LEGEND = "{{account_id}} {{region}}"
MOST = f"The {LINES} accounts and regions with the highest at the end of the range."


# Of each scope: its targets, those that are ok, and the rest. A replica that has read fewer counts.
ALL = f"max by {BY_SCOPE} (sum without (state) ({TARGETS}{{{SCOPE}}}))"
OK = f'min by {BY_SCOPE} ({TARGETS}{{state="ok", {SCOPE}}})'
NOT_LISTED = f"min by {BY_SCOPE} ({OWN}_discovery_success{{{SCOPE}}}) == 0"
COLLECTED = f"min by (account_id, region, collector) ({OWN}_collector_success{{{SCOPE}}})"

NOW = [
    stat(
        "Exporters",
        "How many exporters are scraped now: replicas and shards.",
        (0, 0, 3, 4),
        f"count({OWN}_build_info) or vector(0)",
        thresholds=[(None, look.RED), (1, look.GREEN)],
    ),
    stat(
        "Shards missing",
        "Shards of which no exporter is scraped: nobody reads their accounts and regions.",
        (3, 0, 3, 4),
        f'sum(max by (job) ({OWN}_total_shards) - count by (job) (count_values by (job) ("shard", {OWN}_shard)))',
        thresholds=[(None, look.GREEN), (1, look.RED)],
    ),
    stat(
        "Configuration",
        "Whether every exporter could load its configuration when it last tried.",
        (6, 0, 3, 4),
        f"min({OWN}_config_last_reload_successful)",
        words=look.GOOD,
        thresholds=look.ALL_GOOD,
    ),
    stat(
        "First sweeps to come",
        "Accounts and regions of which not everything has been asked for once since the exporter started: what is not read "
        "yet shows nowhere.",
        (9, 0, 3, 4),
        f"count(min by {BY_SCOPE} ({OWN}_first_sweep_complete{{{SCOPE}}}) == 0) or vector(0)",
        thresholds=look.NONE_AMISS,
    ),
    stat(
        "Targets ok",
        "Functions and qualifiers that AWS answered about in full when they were last read, of all.",
        (12, 0, 3, 4),
        f"sum({OK}) / sum({ALL})",
        unit="percentunit",
        thresholds=[(None, look.RED), (0.95, look.ORANGE), (1, look.GREEN)],
        decimals=1,
    ),
    stat(
        "Oldest reading",
        "How old the oldest settings are that are published. LambdaAsyncReadingsStale fires above an hour.",
        (15, 0, 3, 4),
        f"max({plain(AGE)})",
        unit="s",
        thresholds=look.AGE,
        decimals=0,
    ),
    stat(
        "Calls throttled",
        "The share of all attempts that AWS throttled, in the last quarter of an hour. A percent or two is how the limiter "
        "finds its rate; LambdaAsyncThrottled fires above a twentieth.",
        (18, 0, 3, 4),
        f"(sum(rate({THROTTLED}[15m])) or vector(0)) / sum(rate({CALLS}{{{SCOPE}}}[15m]))",
        unit="percentunit",
        thresholds=look.THROTTLED,
        decimals=1,
    ),
    stat(
        "Failing",
        "Listings and collectors of accounts and regions whose last round was not answered in full: new functions, or what "
        "the collector reads, are not seen there.",
        (21, 0, 3, 4),
        f"count({labelled(NOT_LISTED, 'collector', 'listing')} or {COLLECTED} == 0) or vector(0)",
        thresholds=look.NONE_AMISS,
    ),
    table(
        "Accounts and regions",
        f"What is read where, and how well, at most {ROWS} of them. A click on an account shows its functions.",
        (0, 4, 16, 9),
        [
            f"topk({ROWS}, {ALL} - {OK})",
            OK,
            plain(AGE),
            f"time() - {plain(worst('last_success_timestamp_seconds'))}",
            plain(worst("sweep_duration_seconds", "max")),
            plain(worst("request_budget_per_second")),
            plain(worst("discovery_success")),
            plain(worst("first_sweep_complete")),
        ],
        [
            column("account_id", "Account", link=TO_SCOPE),
            column("region", "Region", 110),
            column("Value #A", "Not ok", 75, thresholds=look.NONE_AMISS),
            column("Value #B", "Ok", 75),
            column("Value #C", "Oldest reading", 120, unit="s", thresholds=look.AGE, decimals=0),
            column("Value #D", "Last full sweep", 125, unit="s", decimals=0),
            column("Value #E", "Sweep took", 95, unit="s", decimals=0),
            column("Value #F", "Request budget", 125, unit="reqps", decimals=1),
            column("Value #G", "Listing", 80, words=look.GOOD),
            column("Value #H", "First sweep", 100, words=look.COMPLETE),
        ],
        sort="-Not ok",
        empty="",
    ),
    table(
        "Collectors",
        f"What is read beside the configs, and when all that was asked was last answered; at most {ROWS} rows, those that "
        "fail first.",
        (16, 4, 8, 9),
        [
            f"bottomk({ROWS}, {COLLECTED})",
            f"time() - min by (account_id, region, collector) ({OWN}_collector_last_success_timestamp_seconds{{{SCOPE}}})",
        ],
        [
            column("account_id", "Account", 120),
            column("region", "Region", 100),
            column("collector", "Collector"),
            column("Value #A", "Last round", 90, words=look.GOOD),
            column("Value #B", "Last success", 110, unit="s", decimals=0),
        ],
        sort="Last round",
        empty="never",
    ),
]

READINGS = [
    row("Readings", 13),
    graph(
        "Targets by state",
        "Functions and qualifiers by the outcome of the last read. Not found: configured, and does not exist.",
        (0, 14, 12, 8),
        [
            (f"sum by (state) (max by (account_id, region, state) ({TARGETS}{{state!='ok', {SCOPE}}}))", "{{state}}"),
            (f"sum({OK})", "ok"),
        ],
        lines={
            "ok": (look.GREEN, None),
            "failed": (look.RED, [4, 4]),
            "denied": (look.RED, [12, 6]),
            "throttled": (look.ORANGE, [4, 4]),
            "not_found": (look.ORANGE, [12, 6]),
        },
    ),
    graph(
        "Age of the oldest reading",
        f"Where it grows, polling has come to a halt, or reads fail. {MOST}",
        (12, 14, 12, 8),
        [(top(BY_SCOPE, AGE), LEGEND)],
        unit="s",
        thresholds=look.AGE,
    ),
    graph(
        "Duration of sweeps",
        f"How long one round through all functions took: poll.interval, or longer where the budget does not suffice. {MOST}",
        (0, 22, 12, 8),
        [(top(BY_SCOPE, worst("sweep_duration_seconds", "max")), LEGEND)],
        unit="s",
    ),
    graph(
        "Listings that failed",
        "How many accounts and regions could not be listed in full, and how many organisations not at all.",
        (12, 22, 12, 8),
        [
            (f"count({NOT_LISTED}) or vector(0)", "functions of a region"),
            (f"count(min by (account_id) ({OWN}_organization_success) == 0) or vector(0)", "accounts of an organisation"),
        ],
        lines={"functions of a region": (look.ORANGE, None), "accounts of an organisation": (look.RED, [12, 6])},
        decimals=0,
    ),
]

CALLING = [
    row("Calls of AWS", 30),
    graph(
        "Calls by outcome",
        "Attempts on the wire a second, by how they ended.",
        (0, 31, 12, 8),
        [(plain(rate(f"{CALLS}{{{SCOPE}}}", "(outcome)")), "{{outcome}}")],
        unit="reqps",
        lines={
            "ok": (look.GREEN, None),
            "not_found": (look.BLUE, [12, 6]),
            "throttled": (look.ORANGE, [4, 4]),
            "denied": (look.RED, [12, 6]),
            "timeout": (look.RED, [2, 6]),
            "error": (look.RED, None),
        },
    ),
    graph(
        "Calls that failed, by operation",
        "Attempts a second that were throttled, denied, timed out or failed. What AWS does not find is no failure.",
        (12, 31, 12, 8),
        [(plain(rate(f'{CALLS}{{outcome!~"ok|not_found", {SCOPE}}}', "(operation, outcome)")), "{{operation}} {{outcome}}")],
        unit="reqps",
    ),
    graph(
        "Share throttled",
        f"Throttled attempts of all. LambdaAsyncThrottled fires above a twentieth for half an hour. {MOST}",
        (0, 39, 12, 8),
        [(top(BY_SCOPE, SHARE), LEGEND)],
        unit="percentunit",
        thresholds=look.THROTTLED,
    ),
    graph(
        "Request budget",
        "Calls a second that the limiter allows; AWS's throttling lowers it, and it recovers by itself. The "
        f"{LINES} accounts and regions with the lowest at the end of the range.",
        (12, 39, 12, 8),
        [(top(BY_SCOPE, worst("request_budget_per_second"), pick="bottomk"), LEGEND)],
        unit="reqps",
    ),
    graph(
        "Duration of calls, median",
        "By operation, without the wait for the limiter; of all accounts and regions.",
        (0, 47, 12, 8),
        [(duration(0.5), "{{operation}}")],
        unit="s",
    ),
    graph(
        "Duration of calls, 99th percentile",
        "By operation, without the wait for the limiter; of all accounts and regions.",
        (12, 47, 12, 8),
        [(duration(0.99), "{{operation}}")],
        unit="s",
    ),
]

PROCESS = [
    row("Scrapes and processes", 55),
    graph(
        "Samples in a scrape",
        "How many samples Prometheus takes from each exporter.",
        (0, 56, 8, 7),
        [(of_exporters("scrape_samples_scraped"), "{{instance}}")],
    ),
    graph(
        "Duration of scrapes",
        "How long Prometheus's scrapes take. They never wait for AWS.",
        (8, 56, 8, 7),
        [(of_exporters("scrape_duration_seconds"), "{{instance}}")],
        unit="s",
    ),
    graph(
        "HTTP requests",
        "Requests answered a second, by path and code.",
        (16, 56, 8, 7),
        [(f"sum by (path, code) (rate({OWN}_http_requests_total[$__rate_interval]))", "{{path}} {{code}}")],
        unit="reqps",
    ),
    graph(
        "Memory",
        "Resident memory of each exporter. On Linux only.",
        (0, 63, 8, 7),
        [(of_exporters("process_resident_memory_bytes"), "{{instance}}")],
        unit="bytes",
    ),
    graph(
        "Processor",
        "Processor time of each exporter: 1 is one core. On Linux only.",
        (8, 63, 8, 7),
        [(of_exporters("rate(process_cpu_seconds_total[$__rate_interval])"), "{{instance}}")],
        unit="short",
    ),
    graph(
        "Open files",
        "File descriptors of each exporter, sockets included. On Linux only.",
        (16, 63, 8, 7),
        [(of_exporters("process_open_fds"), "{{instance}}")],
    ),
    table(
        "Running exporters",
        "Where each one runs, its version and the revision it was built from, and since when.",
        (0, 70, 24, 6),
        [
            f"max by (job, instance, version, revision) ({OWN}_build_info)",
            f"1000 * max by (job, instance) ({of_exporters('process_start_time_seconds')})",
            f"1000 * max by (job, instance) ({OWN}_config_last_reload_success_timestamp_seconds)",
        ],
        [
            column("instance", "Instance"),
            column("job", "Job", 180),
            column("version", "Version", 120),
            column("revision", "Revision", 220),
            column("Value #B", "Started", 200, unit="dateTimeAsIso"),
            column("Value #C", "Configuration loaded", 200, unit="dateTimeAsIso"),
        ],
        sort="Instance",
    ),
]

PANELS = NOW + READINGS + CALLING + PROCESS
