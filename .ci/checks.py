"""What the checks share: named verdicts, processes that end with the check, and HTTP."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

# A check that is told to stop still ends its processes.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

# The loopback is never behind a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Checks:
    """Counts verdicts and prints each one under its name."""

    def __init__(self, title):
        self.title, self.passed, self.failed = title, 0, 0

    def check(self, name, holds, detail=""):
        """One verdict; the detail is for the reader of a failure."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok    ' if holds else 'FAILED'} {name}", flush=True)
        if not holds and detail != "":
            print(f"       {detail}", flush=True)

    def equal(self, name, got, expected):
        """Says where two values differ; of dictionaries and sets, in which entries."""
        if isinstance(got, dict) and isinstance(expected, dict):
            keys = [key for key in got.keys() | expected.keys() if got.get(key) != expected.get(key)]
            lines = [f"{shown(key)}: got {got.get(key)!r}, expected {expected.get(key)!r}" for key in sorted(keys, key=shown)]
        elif isinstance(got, set) and isinstance(expected, set):
            lines = [
                f"{'missing' if key in expected else 'unexpected'}: {shown(key)}" for key in sorted(got ^ expected, key=shown)
            ]
        else:
            lines = [f"got {got!r}, expected {expected!r}"]
        self.check(name, got == expected, "\n       ".join(lines[:10]))

    def close(self):
        """Prints the sum and ends the program with the verdict."""
        print(f"{self.title}: {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


def shown(key):
    """A key for people: of a set of labels always in the same order."""
    return ", ".join(f"{name}={value}" for name, value in sorted(key)) if isinstance(key, frozenset) else str(key)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url):
    """Status and text of an answer; (0, reason) where nobody answers."""
    try:
        with _opener.open(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def wait_for(what, condition, seconds, process=None):
    """The first true value of a condition; ends the program if there is none in time, or the process has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        if process and process.poll() is not None:
            sys.exit(f"FAILED {what}: {process.args[0]} ended with {process.returncode}")
        time.sleep(0.2)
    sys.exit(f"FAILED {what}: not within {seconds} s")


@contextlib.contextmanager
def running(log, *command, **options):
    """A process with its output in a file, which is shown if the check breaks off. It never outlives the block."""
    with open(log, "w+", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
        try:
            yield process
        except BaseException:
            output.seek(0)
            print(f"--- the end of what {command[0]} wrote:\n{output.read()[-4000:]}---", flush=True)
            raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def stop(process, number, seconds):
    """Signals a process; returns its exit code (None: it did not end in time) and how long it took."""
    began = time.monotonic()
    process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll(), time.monotonic() - began


def samples(text, *names, **labels):
    """The lines of an exposition for these metrics, with at least these labels."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sorted(
        line for line in lines
        if (not names or re.split(r"[{ ]", line)[0] in names) and all(label in line for label in wanted)
    )
