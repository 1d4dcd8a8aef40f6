"""Parts of queries that many panels have. What protected and unprotected mean is in the recording rules, not here."""

SCOPE = 'account_id=~"$account", region=~"$region"'
TEAM = f'{SCOPE}, tag_team=~"$team"'
FUNCTION = 'account_id="$account", region="$region", function_name="$function"'

FUNCTIONS = "scope_team:lambda_async_functions:count"
TARGETS = "scope_team:lambda_async_targets:count"
PROTECTED = "target_team:lambda_async_protected:max"
SUCCESS = "target_team:lambda_async_exporter_target_success:max"
SILENCED = "target:lambda_async_silenced:group"
NOT_FOUND = "target:lambda_async_not_found:group"

BY_SCOPE = "(account_id, region)"
BY_FUNCTION = "(account_id, region, function_name)"
BY_TARGET = "(account_id, region, function_name, qualifier)"
BY_PROCESS = "(job, instance)"

# Nobody reads more rows than that, and a browser stays quick with them.
ROWS = 1000
# As many lines as an eye tells apart.
LINES = 10


def functions(protection):
    return f'{FUNCTIONS}{{protection="{protection}", {TEAM}}}'


def targets(protection):
    return f'{TARGETS}{{protection="{protection}", {TEAM}}}'


def labelled(expression, label, value):
    """The same series with one more label."""
    return f'label_replace({expression}, "{label}", "{value}", "", "")'


def of_exporters(series):
    """Of what Prometheus knows about all it scrapes, that of the exporters, whatever their job is called."""
    return f"{series} and on {BY_PROCESS} lambda_async_exporter_build_info"


def top(by, expression, pick="topk", lines=LINES):
    """The few lines that are highest (bottomk: lowest) at the end of the range, over all of it.

    Each `@` in the expression stands where a selector can have one. topk alone would pick others at every step.
    """
    here, at_the_end = expression.replace("@", ""), expression.replace("@", " @ end()")
    return f"{here} and on {by} {pick}({lines}, {at_the_end})"


def console(expression):
    """The same series with a label `console`: where the AWS console shows the function, version or alias.

    The domain is that of the region's partition. Of qualifiers, only `$LATEST` has no path of its own.
    """
    steps = [
        ("/versions/$1", "qualifier", "([0-9]+)"),
        ("/aliases/$1", "qualifier", "([0-9]*[A-Za-z_-].*)"),
        None,
        (
            "https://$1.console.aws.amazon.com/lambda/home?region=$1#/functions/$2$3?tab=configure",
            "console",
            "(.+)[|](.+)[|](.*)",
        ),
        ("https://$1.console.amazonaws.cn/$2", "console", "https://(cn-[^.]+)[^/]+/(.*)"),
        ("https://$1.console.amazonaws-us-gov.com/$2", "console", "https://(us-gov-[^.]+)[^/]+/(.*)"),
    ]
    for step in steps:
        if step is None:
            expression = f'label_join({expression}, "console", "|", "region", "function_name", "console")'
        else:
            value, source, pattern = step
            expression = f'label_replace({expression}, "console", "{value}", "{source}", "{pattern}")'
    return expression
