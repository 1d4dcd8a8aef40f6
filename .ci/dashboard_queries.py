"""Every query of the dashboards in grafana/dashboards, as Grafana would send it: variables filled in."""

import dataclasses
import json
import pathlib
import re

DASHBOARDS = pathlib.Path(__file__).resolve().parent.parent / "grafana" / "dashboards"

# What Grafana makes of a choice: All is `.*`. The function's page is always about one account, region and function.
ALL = {
    "datasource": "prometheus",
    "account": ".*",
    "region": ".*",
    "team": ".*",
    "functions": "",
    "function": "",
    "__rate_interval": "1m",
    "__interval": "1m",
    "__range": "5m",
}


@dataclasses.dataclass(frozen=True)
class Query:
    """One query of one panel."""

    dashboard: str  # its uid
    panel: str  # its title
    letter: str  # A for the first query of a panel
    instant: bool
    expression: str


def dashboards():
    """Each dashboard's JSON, by the name of its file."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}


def filled(text, **variables):
    """A text of a dashboard with its variables' values. A name that no variable has, such as `$1`, stays."""
    values = ALL | variables

    def value(match):
        name = match[1] or match[2]
        return values.get(name, match[0])

    return re.sub(r"\$(?:(\w+)|\{(\w+)\})", value, text)


def queries(**variables):
    """The queries of every panel and of the marks on graphs. `variables` are values other than All: `account="111122223333"`, `__range="1h"`."""
    for dashboard in dashboards().values():
        for marks in dashboard["annotations"]["list"]:
            yield Query(dashboard["uid"], f"marks: {marks['name']}", "A", False, filled(marks["expr"], **variables))
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield Query(
                    dashboard["uid"],
                    panel["title"],
                    target["refId"],
                    target.get("instant", False),
                    filled(target["expr"], **variables),
                )


def choices(**variables):
    """Queries of the variables: (dashboard, variable, series, label), for Prometheus's API for label values."""
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                text = filled(variable["query"]["query"], **variables)
                series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", text).groups()
                yield dashboard["uid"], variable["name"], series, label
