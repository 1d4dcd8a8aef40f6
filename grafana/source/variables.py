"""What a reader chooses at the top of a dashboard."""

from . import queries
from .panels import DATASOURCE

ALL = {"text": ["All"], "value": ["$__all"]}
# Grafana takes the first, or its default data source.
NONE = {"text": "", "value": ""}


def datasource():
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "description": "A Prometheus that has the recording rules.",
        "query": "prometheus",
        "regex": "",
        "refresh": 1,
        "multi": False,
        "includeAll": False,
        "current": NONE,
        "options": [],
        "hide": 0,
    }


def label(name, title, description, series, value, several=True):
    """The values of a label of some series: several of them or all, or just one."""
    query = f"label_values({series}, {value})"
    return {
        "type": "query",
        "name": name,
        "label": title,
        "description": description,
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "regex": "",
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        **({"allValue": ".*", "current": ALL} if several else {"current": NONE}),
        "options": [],
        "hide": 0,
    }


def account(series=queries.FUNCTIONS, several=True):
    return label("account", "Account", "AWS account ids.", series, "account_id", several)


def region(series=queries.FUNCTIONS, several=True):
    chosen = f'{series}{{account_id=~"$account"}}'
    return label("region", "Region", "AWS regions.", chosen, "region", several)


def team():
    description = "Values of the tag `team`. All has also the functions without one."
    return label("team", "Team", description, f"{queries.FUNCTIONS}{{{queries.SCOPE}}}", "tag_team")


def function():
    chosen = f"{queries.SUCCESS}{{{queries.TEAM}}}"
    description = "One function of the account, region and teams."
    return label("function", "Function", description, chosen, "function_name", several=False)


def functions():
    """Text, not a list: with 10,000 functions one types a part of the name sooner than one finds it."""
    return {
        "type": "textbox",
        "name": "functions",
        "label": "Functions in lists",
        "description": "A regular expression for whole names of functions, such as payments-.*; it narrows the lists.",
        "query": ".*",
        "current": {"text": ".*", "value": ".*"},
        "options": [{"text": ".*", "value": ".*", "selected": True}],
        "hide": 0,
    }
