"""Writes provisioning/alerting/*.yaml: the alerts in config/prometheus/rules as rules that Grafana evaluates.

Usage: alerts.py [--runbooks URL], with nothing but the standard library. With --runbooks, links to runbooks begin with
the URL: the address under which docs/runbooks is published. Recording rules stay with Prometheus.
"""

import argparse
import json
import pathlib
import re
import sys
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from source.rules import groups

RULES = HERE.parent / "config" / "prometheus" / "rules"
DIRECTORY = HERE / "provisioning" / "alerting"
FILES = ["destinations.yaml", "exporter.yaml", "cloudwatch.yaml"]

HEAD = """\
# Made by grafana/alerts.py from config/prometheus/rules/{file}; change that. For Grafana 11 or later.
apiVersion: 1
groups:
"""
GROUP = """\
  - orgId: 1
    name: {name}
    folder: Lambda async
    interval: 1m
    rules:
"""
# `max without ()` takes away the name of the metric, as Prometheus does for its alerts. Prometheus fires for whatever an
# expression returns, also a 0; so B holds for every value that is there. In Prometheus, what is not returned is not so,
# hence `noDataState: OK`.
RULE = """\
      - uid: {name}
        title: {name}
        condition: B
        data:
          - refId: A
            relativeTimeRange: {{from: 600, to: 0}}
            datasourceUid: prometheus
            model:
              refId: A
              instant: true
              range: false
              expr: |
                max without () (
{expression}
                )
          - refId: B
            relativeTimeRange: {{from: 600, to: 0}}
            datasourceUid: __expr__
            model:
              refId: B
              type: math
              expression: "!is_null($A)"
        for: {wait}
        noDataState: OK
        execErrState: {error}
"""


def translated(text):
    """A text of Prometheus in Grafana's words: `$value` is a text there, and templates cannot ask for series."""
    text = re.sub(r"\$value\b", "$values.A.Value", text)
    return re.sub(r'\{\{ range query "([^"]*)".*?\{\{ end \}\}', r"\1 ", text)


def rule(alert):
    """One rule. That Prometheus cannot be asked is said once, by the alert that is about such things."""
    text = RULE.format(
        name=alert.name,
        expression=textwrap.indent(alert.settings["expr"].rstrip(), " " * 18),
        wait=alert.settings["for"],
        error="Error" if alert.name == "LambdaAsyncExporterAbsent" else "KeepLast",
    )
    if "keep_firing_for" in alert.settings:
        text += f"        keepFiringFor: {alert.settings['keep_firing_for']}\n"
    for title, pairs in (("labels", alert.labels), ("annotations", alert.annotations)):
        text += f"        {title}:\n"
        text += "".join(f"          {key}: {json.dumps(translated(value))}\n" for key, value in pairs.items())
    return text


def files(runbooks=None):
    """Every file's path and text."""
    made = {}
    for file in FILES:
        text = HEAD.format(file=file)
        for name, alerts in groups((RULES / file).read_text(encoding="utf-8")).items():
            text += GROUP.format(name=name) + "\n".join(rule(alert) for alert in alerts)
        if runbooks:
            text = text.replace('runbook_url: "docs/runbooks/', f'runbook_url: "{runbooks.rstrip("/")}/')
        made[DIRECTORY / file] = text
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runbooks", metavar="URL")
    for path, text in files(parser.parse_args().runbooks).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
