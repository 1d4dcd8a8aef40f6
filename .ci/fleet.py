"""The demo's fleets, as their table says and as Prometheus should see them."""

import pathlib

TABLE = pathlib.Path(__file__).parent.parent / "examples/demo/fleet.txt"


class Fleet:
    """What is expected: of functions by (account, region, name), of targets by these and the qualifier."""

    def __init__(self):
        self.scopes, self.settings, self.functions, self.missing = [], {}, {}, set()
        function = None
        for line in TABLE.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                self.scopes.append(tuple(line.strip("[]").split()))
            elif line.startswith(" "):
                self.add_qualifier(function, *line.split())
            else:
                name, *fields = line.split()
                function = (*self.scopes[-1], name)
                self.add_function(function, fields)

    def add_function(self, function, fields):
        """A function, unless the exporter is to leave it out."""
        if "missing" in fields:
            self.missing.add(function)
        elif "unwatched" not in fields:
            self.functions[function] = identity(function, fields)
            self.settings[*function, "$LATEST"] = settings(self.scopes[-1], fields)

    def add_qualifier(self, function, key, *fields):
        """An alias, or a version: without a config it is expected only where it is named."""
        qualifier, _, version = key.partition("@")
        expected = settings(self.scopes[-1], fields)
        wanted = version or expected["present"] or "named" in fields
        if function in self.functions and wanted and "unwatched" not in fields:
            self.settings[*function, qualifier] = expected

    def lost(self):
        """The targets whose failed events are lost."""
        return {
            target
            for target, settings in self.settings.items()
            if not settings["on_failure"] and not self.functions[target[:3]]["dead_letter"]
        }


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
    return {
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
