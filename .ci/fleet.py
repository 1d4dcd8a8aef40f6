"""The demo's fleets, as their table says and as Prometheus should see them."""

import pathlib

TABLE = pathlib.Path(__file__).parent.parent / "examples/demo/fleet.txt"


class Fleet:
    """What is expected: of functions by (account, region, name), of targets by these and the qualifier."""

    def __init__(self):
        self.scopes, self.settings, self.functions, self.missing = [], {}, {}, set()
        # Which versions an alias stands for, and queues that versions were published with.
        self.aliases, self.queues_of_versions = {}, {}
        self.mappings, self.gone, self.existing = [], set(), set()
        function, number = None, 0
        for line in TABLE.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                self.scopes.append(tuple(line.strip("[]").split()))
                number = 0
                continue
            if line.strip().startswith("<"):
                self.add_mapping(function, number, *line.split())
            elif line.startswith(" "):
                self.add_qualifier(function, *line.split())
            else:
                name, *fields = line.split()
                function = (*self.scopes[-1], name)
                self.add_function(function, fields)
            if "gone" in line.split():
                self.gone.add(destination(self.scopes[-1], words(line.split())["failure"]))
            number += 1

    def add_function(self, function, fields):
        """A function, unless the exporter is to leave it out."""
        if "missing" in fields:
            self.missing.add(function)
            return
        self.existing.add(destination(function[:2], f"lambda:{function[2]}"))
        if "unwatched" not in fields:
            self.functions[function] = identity(function, fields)
            self.settings[*function, "$LATEST"] = settings(self.scopes[-1], fields)

    def add_qualifier(self, function, key, *fields):
        """An alias, or a version: without a config it is expected only where it is named."""
        qualifier, _, versions = key.partition("@")
        expected = settings(self.scopes[-1], fields)
        if versions:
            self.aliases[*function, qualifier] = versions.split(",")
        elif "dlq" in words(fields):
            queue = words(fields)["dlq"]
            queue = None if queue == "none" else destination(function[:2], queue)
            self.queues_of_versions[*function, qualifier] = queue
        wanted = (versions or expected["present"] or "named" in fields) and "orphan" not in fields
        if function in self.functions and wanted and "unwatched" not in fields:
            self.settings[*function, qualifier] = expected

    def add_mapping(self, function, number, key, *fields):
        """An event source mapping, with the identifier that the demo gives it."""
        account, region, _ = function
        kind, name = key.removeprefix("<").split(":")
        values = words(fields)
        here = f"{region}:{account}"
        is_stream = kind in ("kinesis", "dynamodb")
        self.mappings.append({
            "target": (*function, "$LATEST"),
            "uuid": f"{number:08x}-0000-4000-8000-{account}",
            "source_type": kind,
            "source": {
                "kinesis": f"arn:aws:kinesis:{here}:stream/{name}",
                "dynamodb": f"arn:aws:dynamodb:{here}:table/{name}/stream/2026-01-01T00:00:00.000",
                "sqs": f"arn:aws:sqs:{here}:{name}",
                "kafka": "",
            }[kind],
            "enabled": "disabled" not in fields,
            "destination": destination(function[:2], values.get("failure")),
            "has_destination": "failure" in values if is_stream else None,
            "limited": is_stream and bool(values.keys() & {"retries", "age"}),
            "redrive": "redrive" in fields if kind == "sqs" else None,
        })

    def queues(self, target):
        """The dead-letter queues in force: one for each version that the target stands for."""
        function, qualifier = target[:3], target[3]
        own = self.functions[function]["dead_letter"]
        versions = self.aliases.get(target, [qualifier])
        return [self.queues_of_versions.get((*function, version), own) for version in versions]

    def exists(self, found):
        """Whether a destination is there; None where that cannot be known."""
        if found[0] == "kafka":
            return None
        return found in self.existing if found[0] == "lambda" else found not in self.gone

    def retained(self):
        """Whether each target keeps the events that fail for good."""

        def keeps(found):
            return found is not None and self.exists(found) is not False

        return {
            target: keeps(settings["on_failure"]) or all(map(keeps, self.queues(target)))
            for target, settings in self.settings.items()
        }

    def lost(self):
        """The targets whose failed events are lost."""
        return {target for target, retained in self.retained().items() if not retained}


def words(fields):
    """The fields that have values."""
    return dict(field.split("=", 1) for field in fields if "=" in field)


def identity(function, fields):
    """What a function is, whatever its qualifiers."""
    account, region, name = function
    runtime = fields[0]
    return {
        "function_arn": f"arn:aws:lambda:{region}:{account}:function:{name}",
        "runtime": "" if runtime == "image" else runtime,
        "package_type": "Image" if runtime == "image" else "Zip",
        "tag_team": "" if "untagged" in fields else name.split("-")[0],
        # The tag that silences alerts.
        "alerts": words(fields).get("alerts", ""),
        "dead_letter": destination((account, region), words(fields).get("dlq")),
    }


def settings(scope, fields):
    """One qualifier's settings in force."""
    values = words(fields)
    own = values.keys() & {"retries", "age", "failure", "success"}
    used = bool(own) or "config" in fields or values.get("dlq", "none") != "none"
    return {
        "events": "events" in fields or used and "idle" not in fields,
        "present": float(bool(own) or "config" in fields),
        "retries": float(values.get("retries", 2)),
        "age": float(values.get("age", 21600)),
        "on_failure": destination(scope, values.get("failure")),
        "on_success": destination(scope, values.get("success")),
    }


def destination(scope, short):
    """(type, ARN) of a destination as the table writes it; None where there is none."""
    if short is None:
        return None
    kind, name = short.split(":", 1)
    account, region = scope
    arn = {
        "kafka": f"kafka://{name}",
        "s3": f"arn:aws:s3:::{name}",
        "lambda": f"arn:aws:lambda:{region}:{account}:function:{name}",
        "events": f"arn:aws:events:{region}:{account}:event-bus/{name}",
    }.get(kind, f"arn:aws:{kind}:{region}:{account}:{name}")
    return kind, arn
