"""An Alertmanager's API, and the receiver that it tells."""

import contextlib
import http.server
import json
import threading

from checks import get


class Alertmanager:
    """Asked for what it holds now; it tells a receiver."""

    def __init__(self, port, receiver):
        self.receiver = receiver
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"

    def command(self, directory):
        """What starts it, alone and with its data in this directory."""
        return [
            "prometheus-alertmanager",
            f"--config.file={directory}/alertmanager.yml",
            f"--storage.path={directory}/alertmanager",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",
        ]

    def alerts(self, **labels):
        """Every alert that is active, with at least these labels, by its labels."""
        status, text = get(f"{self.url}/api/v2/alerts")
        alerts = json.loads(text) if status == 200 else []
        return {
            frozenset(alert["labels"].items()): alert for alert in alerts if labels.items() <= alert["labels"].items()
        }


class Receiver:
    """What Alertmanager has sent: of each alert every status in its order, without repetitions."""

    def __init__(self):
        self.port, self.told = None, {}

    def take(self, notification):
        for alert in notification["alerts"]:
            said = self.told.setdefault(frozenset(alert["labels"].items()), [])
            if said[-1:] != [alert["status"]]:
                said.append(alert["status"])

    def of(self, **labels):
        """What it was told about the one alert with these labels."""
        return next((said for key, said in list(self.told.items()) if labels.items() <= dict(key).items()), [])


@contextlib.contextmanager
def receiving():
    """A receiver that listens while the block runs."""
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        """One webhook."""

        def do_POST(self):
            receiver.take(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
