"""Writes dashboards/*.json, made from source/*.py; change those, then run this.

Usage: dashboards.py, with nothing but the standard library. For Grafana 11 or later.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from source import exporter, function, links, overview

DIRECTORY = HERE / "dashboards"
SOURCES = [overview, function, exporter]


def dashboard(source):
    """A dashboard as Grafana reads it."""
    return {
        "uid": source.UID,
        "title": source.TITLE,
        "description": source.DESCRIPTION,
        "tags": ["aws", "lambda", "lambda-async-exporter"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": source.REFRESH,
        "time": {"from": "now-24h", "to": "now"},
        "links": links.menu(source.UID),
        "annotations": {"list": [source.ANNOTATION]},
        "templating": {"list": source.VARIABLES},
        "panels": [{"id": index} | panel for index, panel in enumerate(source.PANELS, 1)],
    }


def files():
    """Every file's path and text."""
    return {
        DIRECTORY / f"{source.UID}.json": json.dumps(dashboard(source), indent=2, ensure_ascii=False) + "\n"
        for source in SOURCES
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
