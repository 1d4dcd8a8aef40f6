"""Writes prometheus-rule.yaml: the rules in ../prometheus/rules as a manifest for the Prometheus operator.

Usage: prometheus-rule.py [--runbooks URL] [FILE …]

Prints the manifest, of all rule files but cloudwatch.yaml or of the files named. With --runbooks, links to runbooks
begin with the URL: the address under which docs/runbooks is published. Indentation is all that changes otherwise.
"""

import argparse
import pathlib

RULES = pathlib.Path(__file__).resolve().parent.parent / "prometheus" / "rules"
DEFAULT = ["recording.yaml", "destinations.yaml", "exporter.yaml"]
HEAD = """\
# Made by prometheus-rule.py from config/prometheus/rules; change those. Needs the Prometheus operator 0.66 or later.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: lambda-async-exporter
  labels:
    app.kubernetes.io/name: lambda-async-exporter
spec:
  groups:
"""


def groups(path):
    """What is below `groups:` in a rule file, as deep as a manifest has it, after the file's own comment."""
    comment, below = path.read_text(encoding="utf-8").split("\ngroups:\n")
    lines = [f"  {line}".rstrip() for line in comment.strip().splitlines()] + [""] + below.strip("\n").splitlines()
    return "".join(f"  {line}".rstrip() + "\n" for line in lines)


def manifest(paths, runbooks=None):
    text = HEAD + "\n".join(groups(path) for path in paths)
    if runbooks:
        text = text.replace("runbook_url: docs/runbooks/", f"runbook_url: {runbooks.rstrip('/')}/")
    return text


def default_manifest():
    return manifest([RULES / name for name in DEFAULT])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runbooks", metavar="URL")
    parser.add_argument("files", metavar="FILE", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    files = arguments.files or [RULES / name for name in DEFAULT]
    print(manifest(files, arguments.runbooks), end="")


if __name__ == "__main__":
    main()
