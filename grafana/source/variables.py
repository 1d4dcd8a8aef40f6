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
        "description": "The Prometheus that scrapes the exporter.",
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


def account(several=True):
    return label("account", "Account", "AWS account ids.", queries.SUCCESS, "account_id", several)


def region(several=True):
    chosen = f'{queries.SUCCESS}{{account_id=~"$account"}}'
    return label("region", "Region", "AWS regions.", chosen, "region", several)


def scope_account():
    """Of accounts in which there may be no function."""
    return label("account", "Account", "AWS account ids.", queries.TARGETS, "account_id")


def scope_region():
    return label("region", "Region", "AWS regions.", f'{queries.TARGETS}{{account_id=~"$account"}}', "region")


def team():
    description = "Values of the tag `team`. All has also the functions without one, and those whose tags are not known."
    return label("team", "Team", description, f"{queries.INFO}{{{queries.SCOPE}}}", "tag_team")


def function():
    chosen = f"{queries.SUCCESS}{{{queries.SCOPE}}}"
    description = "One function of the account and region."
    return label("function", "Function", description, chosen, "function_name", several=False)


def functions():
    """Text, not a list: with 10,000 functions one types a part of the name sooner than one finds it."""
    return {
        "type": "textbox",
        "name": "functions",
        "label": "Name contains",
        "description": "A part of the functions' names, or a regular expression such as ^payments-; empty for all.",
        "query": "",
        "current": {"text": "", "value": ""},
        "options": [{"text": "", "value": "", "selected": True}],
        "hide": 0,
    }
