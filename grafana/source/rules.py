"""Reads the alerts in config/prometheus/rules: as much of YAML as those files use, and nothing else.

A check compares what this reads with what Prometheus reads.
"""

import dataclasses
import re
import textwrap


@dataclasses.dataclass
class Alert:
    """An alert rule, as it is written."""

    name: str
    settings: dict  # expr, for and keep_firing_for
    labels: dict
    annotations: dict


def groups(text):
    """The groups of a rule file: their names, and the alerts in them."""
    found = {}
    for group in re.split(r"^  - name: ", text.split("\ngroups:\n")[1], flags=re.M)[1:]:
        rules = re.split(r"^      - (?=alert: |record: )", group, flags=re.M)
        found[rules[0].split("\n")[0]] = [alert(rule) for rule in rules[1:] if rule.startswith("alert: ")]
    return found


def alert(text):
    """One alert: the lines below `- alert: `, which are indented by eight."""
    first, below = text.split("\n", 1)
    values = mapping(textwrap.dedent(below))
    labels, annotations = mapping(values.pop("labels")), mapping(values.pop("annotations"))
    return Alert(first.removeprefix("alert: "), values, labels, annotations)


def mapping(text):
    """Keys and values, all of them text; a value that is a mapping stays as it is written."""
    text = re.sub(r"^ *#.*\n", "", text, flags=re.M)
    entries = re.findall(r"^(\w+):(.*)\n((?:(?: .*)?(?:\n|\Z))*)", text.rstrip() + "\n", flags=re.M)
    return {key: scalar(head.strip(), textwrap.dedent(rest).strip("\n")) for key, head, rest in entries}


def scalar(head, block):
    if head == "|":
        return block + "\n"
    if head == ">-":
        return " ".join(line for line in block.splitlines())
    if head.startswith("'"):
        return head[1:-1].replace("''", "'")
    return head or block + "\n"
