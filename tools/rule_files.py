"""Reads the rule files in config/prometheus/rules, and writes YAML that people can read.

Needs PyYAML.
"""

import pathlib

import yaml

RULES = pathlib.Path(__file__).resolve().parent.parent / "config" / "prometheus" / "rules"


class Dumper(yaml.SafeDumper):
    """Lines of a text stay lines, lists are indented, and what occurs twice is written twice."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)


def groups(path, runbooks=None):
    """The groups of a rule file; links to runbooks begin with the address, if there is one."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for group in read:
        for rule in group["rules"]:
            notes = rule.get("annotations", {})
            if runbooks and "runbook_url" in notes:
                notes["runbook_url"] = notes["runbook_url"].replace("docs/runbooks", runbooks.rstrip("/"), 1)
    return read


def dump(value):
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=118)
