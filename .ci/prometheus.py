"""A Prometheus server's API."""

import json
import urllib.parse

from checks import get


class Prometheus:
    """Asked about one moment or now."""

    def __init__(self, port):
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"

    def api(self, path):
        status, text = get(self.url + path)
        return json.loads(text)["data"] if status == 200 else None

    def query(self, expression, *labels, at=None):
        """Values by the given labels (one label: by its value). Fails if two series have the same."""
        parameters = {"query": expression} | ({"time": at} if at else {})
        answer = self.api("/api/v1/query?" + urllib.parse.urlencode(parameters))
        values = {}
        for series in answer["result"] if answer else []:
            key = tuple(series["metric"].get(label, "") for label in labels)
            key = key[0] if len(key) == 1 else key
            if key in values:
                raise AssertionError(f"{expression}: two series for {key}")
            values[key] = float(series["value"][1])
        return values

    def series(self, expression, *dropped, at=None):
        """Values by all labels, but for the name of the metric and what is to be dropped."""
        parameters = {"query": expression} | ({"time": at} if at else {})
        answer = self.api("/api/v1/query?" + urllib.parse.urlencode(parameters))
        values = {}
        for found in answer["result"] if answer else []:
            key = frozenset((name, value) for name, value in found["metric"].items() if name not in ("__name__", *dropped))
            if key in values:
                raise AssertionError(f"{expression}: two series for {sorted(key)}")
            values[key] = float(found["value"][1])
        return values

    def rules(self):
        """Every rule that is loaded."""
        return [rule for group in self.api("/api/v1/rules")["groups"] for rule in group["rules"]]
