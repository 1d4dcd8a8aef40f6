"""Parts of queries that many panels have, made of what the exporter publishes.

Whether a failed event is kept is the exporter's verdict. Of replicas that disagree, the worse one counts, as in the rules.
"""

SCOPE = 'account_id=~"$account", region=~"$region"'
# A part of the name is enough, and nothing at all means every function.
LISTED = f'{SCOPE}, function_name=~".*(?:$functions).*"'
FUNCTION = 'account_id="$account", region="$region", function_name="$function"'
# What is not about one account or region is about each of them.
ALERTS = 'ALERTS{alertname=~"LambdaAsync.+", account_id=~"$account|", region=~"$region|"'

OWN = "lambda_async_exporter"
CONFIG = "aws_lambda_event_invoke_config"
MAPPING = "aws_lambda_event_source_mapping"
RETAINED = "aws_lambda_function_async_failures_retained"
RECEIVED = "aws_lambda_function_async_events_received"
QUEUE = "aws_lambda_function_dead_letter_queue"
INFO = "aws_lambda_function_info"
SUCCESS = f"{OWN}_target_success"
NOT_FOUND = f"{OWN}_target_not_found"
TARGETS = f"{OWN}_targets"
# Recorded once a minute, with every label of the scrape target.
COUNTED = "scope:lambda_async_targets:count"

BY_SCOPE = "(account_id, region)"
BY_FUNCTION = "(account_id, region, function_name)"
BY_TARGET = "(account_id, region, function_name, qualifier)"
BY_MAPPING = "(account_id, region, function_name, qualifier, uuid)"
BY_DESTINATION = "(account_id, region, function_name, qualifier, uuid, condition, destination_arn)"
BY_PROCESS = "(job, instance)"

# Nobody reads more rows than that, and a browser stays quick with them.
ROWS = 1000
# As many lines as an eye tells apart.
LINES = 10


def worst(series, by=BY_TARGET, worse="min"):
    """One value for each, without `instance`, `pod` and `node`: that of the worse replica, which mostly is the lower."""
    return f"{worse} by {by} ({series})"


def labelled(expression, label, value):
    """The same series with one more label."""
    return f'label_replace({expression}, "{label}", "{value}", "", "")'


def renamed(expression, label, old):
    """The same series with a label's value under another name too."""
    return f'label_replace({expression}, "{label}", "$1", "{old}", "(.+)")'


def either(*expressions):
    return " or ".join(expressions)


def count(expression):
    """How many there are; 0 where all is known and there is none, nothing where nothing is read."""
    return f"count({expression}) or 0 * group({SUCCESS}{{{LISTED}}})"


def chosen(metric, condition=""):
    """A metric's series of the functions that are chosen at the top, but for those known to be of another team."""
    return f'({metric}{{{LISTED}}}{condition} unless on {BY_FUNCTION} {INFO}{{tag_team!~"$team"}})'


def losing():
    """What loses failed events: events come, or that is not known."""
    return f"group by {BY_TARGET} ({chosen(RETAINED, ' == 0')} unless on {BY_TARGET} {RECEIVED} == 0)"


def idle():
    """What would lose them: none came within two weeks."""
    return f"group by {BY_TARGET} ({chosen(RETAINED, ' == 0')} and on {BY_TARGET} {RECEIVED} == 0)"


def lost():
    """Both: 2 if events came within two weeks, 1 if that is not known, 0 if none came."""
    here = f"group by {BY_TARGET} ({chosen(RETAINED, ' == 0')})"
    return f"(2 * {here} * on {BY_TARGET} {worst(f'{RECEIVED}{{{LISTED}}}')} or on {BY_TARGET} {here})"


def unsettled():
    """What is read, or should be, without a verdict."""
    return f"{worst(f'{chosen(SUCCESS)} unless on {BY_TARGET} {RETAINED}')}"


def queues(metric, labels):
    """Dead-letter queues with the labels of destinations."""
    named = renamed(f"{metric}{{{labels}}}", "destination_arn", "target_arn")
    return labelled(renamed(named, "destination_type", "target_type"), "condition", "dead_letter_queue")


def destinations(what, labels, more="", condition=""):
    """Of every destination and dead-letter queue, `info` or `exists`."""
    by = BY_DESTINATION.replace(")", f"{more})")
    parts = [f"{CONFIG}_destination_{what}{{{labels}}}", queues(f"{QUEUE}_{what}", labels)]
    parts.append(f"{MAPPING}_destination_{what}{{{labels}}}")
    return f"min by {by} ({either(*(f'{part}{condition}' for part in parts))})"


def gone():
    """Destinations and dead-letter queues that do not exist."""
    found = destinations("exists", LISTED, condition=" == 0")
    return f'({found} unless on {BY_FUNCTION} {INFO}{{tag_team!~"$team"}})'


def mappings_at_risk():
    """Event source mappings that give records up and keep them nowhere, and queues without a redrive policy."""
    enabled = f"and on {BY_MAPPING} {MAPPING}_enabled == 1"
    limited = f"({MAPPING}_maximum_retry_attempts < Inf or {MAPPING}_maximum_record_age_seconds < Inf)"
    absent = worst(chosen(f"{MAPPING}_destination_present", " == 0"), BY_MAPPING)
    redrive = worst(chosen(f"{MAPPING}_queue_redrive_present", " == 0"), BY_MAPPING)
    return either(
        labelled(f"({absent} {enabled} and on {BY_MAPPING} {limited})", "problem", "records are given up and lost"),
        labelled(f"({redrive} {enabled})", "problem", "its queue has no redrive policy"),
    )


def short_ages(labels):
    """Event ages that end before the retries: one comes after a minute, the second two more minutes later."""
    ages = worst(f"{CONFIG}_maximum_event_age_seconds{{{labels}}} <= 180")
    retries = worst(f"{CONFIG}_maximum_retry_attempts{{{labels}}}", worse="max")
    return f"({ages} <= on {BY_TARGET} 60 * (2 * {retries} - 1))"


def in_teams(expression, among):
    """With the tags of the functions that have any; of replicas that disagree, those of one. `among` are series of all those
    functions, and of few others."""
    here = f"and on {BY_FUNCTION} {among}"
    tags = f"group by (account_id, region, function_name, tag_team, tag_lambda_async_alerts) ({INFO} {here})"
    tags = f"(topk by {BY_FUNCTION} (1, {tags}) or on {BY_FUNCTION} group by {BY_FUNCTION} ({among}))"
    return f"({expression}) * on {BY_FUNCTION} group_left (tag_team, tag_lambda_async_alerts) {tags}"


def named(expression):
    """With the names of the accounts that have any."""
    names = "topk by (account_id) (1, group by (account_id, account_name) (aws_lambda_account_info))"
    names = f"({names} or on (account_id) group by (account_id) ({TARGETS}))"
    return f"({expression}) * on (account_id) group_left (account_name) {names}"


def unless_unread(expression):
    """The rows of a list; where nothing is read, or no function has such a name, one row says so: it is no empty list."""
    said = labelled(f"absent({SUCCESS}{{{LISTED}}})", "function_name", "NOTHING IS READ, or no name is like that")
    return f"{expression} or {said}"


def of_exporters(series):
    """Of what Prometheus knows about all it scrapes, that of the exporters, whatever their job is called."""
    return f"{series} and on {BY_PROCESS} {OWN}_build_info"


def top(by, expression, pick="topk", lines=LINES):
    """The few lines that are highest (bottomk: lowest) at the end of the range, over all of it.

    Each `@` in the expression stands where a selector can have one. topk alone would pick others at every step.
    """
    here, at_the_end = expression.replace("@", ""), expression.replace("@", " @ end()")
    return f"{here} and on {by} {pick}({lines}, {at_the_end})"


# Hosts of the console by the first part of the region's name; those of other partitions are not public.
HOSTS = {
    ".+": "console.aws.amazon.com",
    "cn-.+": "console.amazonaws.cn",
    "us-gov-.+": "console.amazonaws-us-gov.com",
    "eusc-.+": "console.amazonaws-eusc.eu",
}


def console(expression):
    """The same series with a label `console`: where the AWS console shows the function, version or alias.

    Of qualifiers, only `$LATEST` has no path of its own.
    """
    for pattern, host in HOSTS.items():
        address = f"https://$1.{host}/lambda/home?region=$1#/functions"
        expression = f'label_replace({expression}, "host", "{address}", "region", "({pattern})")'
    for path, pattern in (("/versions/$1", "([0-9]+)"), ("/aliases/$1", "([0-9]*[A-Za-z_-].*)")):
        expression = f'label_replace({expression}, "path", "{path}", "qualifier", "{pattern}")'
    # The name stands between slashes, the path after it.
    expression = f'label_join({expression}, "console", "/", "host", "function_name")'
    return f'label_join({expression}, "console", "", "console", "path")'
