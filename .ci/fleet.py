"""The demo's fleet, as its table says and as Prometheus should see it."""

import pathlib

ACCOUNT, REGION = "111122223333", "us-east-1"
TABLE = pathlib.Path(__file__).parent.parent / "examples/demo/fleet.txt"


class Fleet:
    """What is expected: by (function, qualifier), or by function for dead-letter queues."""

    def __init__(self):
        self.settings, self.dead_letters, self.missing = {}, {}, set()
        name = every = None
        for line in TABLE.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            key, *fields = line.split()
            values = dict(field.split("=", 1) for field in fields if "=" in field)
            if line.startswith(" "):
                qualifier = key.split("@")[0]
                if values or "config" in fields or not every:
                    self.settings[name, qualifier] = settings(values, fields)
                continue
            name, every = key.removesuffix(":*"), key.endswith(":*")
            if "missing" in fields:
                self.missing.add(name)
            else:
                self.settings[name, "$LATEST"] = settings(values, fields)
                self.dead_letters[name] = destination(values.get("dlq"))


def settings(values, fields):
    """One qualifier's settings in force."""
    own = {key: value for key, value in values.items() if key != "dlq"}
    return {
        "present": float(bool(own) or "config" in fields),
        "retries": float(values.get("retries", 2)),
        "age": float(values.get("age", 21600)),
        "on_failure": destination(values.get("failure")),
        "on_success": destination(values.get("success")),
    }


def destination(short):
    """(type, ARN) of a destination as the table writes it; None where there is none."""
    if short is None:
        return None
    kind, name = short.split(":", 1)
    arn = {
        "kafka": f"kafka://{name}",
        "s3": f"arn:aws:s3:::{name}",
        "lambda": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "events": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}",
    }.get(kind, f"arn:aws:{kind}:{REGION}:{ACCOUNT}:{name}")
    return kind, arn
