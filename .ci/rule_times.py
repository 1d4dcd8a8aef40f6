"""Alert rules and Alertmanager's configuration in a hurry: every duration divided by one factor, nothing else changed."""

import re

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
PLACES = re.compile(
    # What a rule or group waits for, and Alertmanager's intervals.
    rf"(?P<key>^ *(?:for|keep_firing_for|interval|group_wait|group_interval|repeat_interval): )(?P<wait>{DURATION})$"
    # [10m] and [6h:10m]; no qualifier or label list begins with a figure and a unit.
    rf"|\[(?P<range>{DURATION})(?P<step>:{DURATION})?\]"
    rf"|(?P<offset>\boffset )(?P<ago>{DURATION})\b",
    re.MULTILINE,
)
# Seconds that are added to the time, or the least that an age is compared with. No other number is a time of ours: event
# ages are AWS's.
AGE = re.compile(r"(time\(\) \+ |\]\)\), )(\d+)\b")


def shorter(text, factor):
    """The text with every duration divided by the factor, to the millisecond."""

    def replacement(found):
        if found["key"]:
            return found["key"] + divided(found["wait"], factor)
        if found["range"]:
            step = ":" + divided(found["step"][1:], factor) if found["step"] else ""
            return f"[{divided(found['range'], factor)}{step}]"
        return found["offset"] + divided(found["ago"], factor)

    return AGE.sub(lambda found: f"{found[1]}{int(found[2]) / factor:g}", PLACES.sub(replacement, text))


def divided(duration, factor):
    """`15m` by 40 is `22500ms`."""
    return f"{in_milliseconds(duration) // factor}ms"


def in_milliseconds(duration):
    """All of a duration's parts, as in `1h30m`."""
    parts = re.findall(r"(\d+)(ms|[smhdwy])", duration)
    return sum(int(count) * UNITS[unit] for count, unit in parts)


def check_shorter(checks):
    """Each kind of duration, and what looks like one."""
    examples = {
        "    interval: 1m\n": "    interval: 1500ms\n",
        "        for: 0s": "        for: 0ms",
        "        keep_firing_for: 1h30m": "        keep_firing_for: 135000ms",
        "rate(calls[15m])": "rate(calls[22500ms])",
        "count(x)[6h:10m]": "count(x)[540000ms:15000ms]",
        "last_over_time(f:x:max[10m] offset 1h) == 1": "last_over_time(f:x:max[15000ms] offset 90000ms) == 1",
        "time() + 900 + t": "time() + 22.5 + t",
        "clamp_min(3 * max by (a, b) (x(t[10m])), 3600)": "clamp_min(3 * max by (a, b) (x(t[15000ms])), 90)",
        "record: f:x:max_over_time30m": "record: f:x:max_over_time30m",
        "maximum_event_age_seconds:max <= 180": "maximum_event_age_seconds:max <= 180",
        "summary: after 15m, for: 5m ago": "summary: after 15m, for: 5m ago",
    }
    got = {text: shorter(text, 40) for text in examples}
    checks.equal("durations are made shorter, nothing else is", got, examples)
