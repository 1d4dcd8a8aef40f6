"""What colours, thresholds and words mean, the same on every dashboard.

Red: events are lost, or nothing is read. Orange: something is not known or out of order. Green: as it should be.
Blue: neither good nor bad. Each of them also has a number or a word, for those who do not see the colour.
"""

RED, ORANGE, GREEN, BLUE, GREY = "red", "orange", "green", "blue", "text"

# Steps: from which value upwards which colour; None is the lowest value.
NEUTRAL = [(None, BLUE)]
NONE_LOST = [(None, GREEN), (1, RED)]
NONE_AMISS = [(None, GREEN), (1, ORANGE)]
ALL_GOOD = [(None, RED), (1, GREEN)]
ALL_WELL = [(None, ORANGE), (1, GREEN)]
# LambdaAsyncReadingsStale fires after an hour; half of it is poll.stale_after's default.
AGE = [(None, GREEN), (1800, ORANGE), (3600, RED)]
# LambdaAsyncThrottled fires at a twentieth; a percent or two is how the limiter finds its rate.
THROTTLED = [(None, GREEN), (0.03, ORANGE), (0.05, RED)]

# An event age that leaves no time for two retries.
SHORT = [(None, ORANGE), (181, GREY)]

# Value to (word, colour).
VERDICT = {0: ("EVENTS ARE LOST", RED), 1: ("kept", GREEN), 2: ("NOT KNOWN", ORANGE)}
LOST = {0: ("lost", RED), 1: ("kept", GREEN)}
# Of what loses events: whether any came.
EVENTS = {2: ("yes", RED), 1: ("not known", ORANGE), 0: ("none", GREY)}
RECEIVED = {0: ("none", GREY), 1: ("yes", BLUE)}
YES_NO = {0: ("no", GREY), 1: ("yes", BLUE)}
KEEPS = {0: ("NO", RED), 1: ("yes", GREEN)}
EXISTS = {0: ("GONE", RED), 1: ("yes", GREEN), 2: ("not known", ORANGE)}
CONFIG = {0: ("AWS's defaults", GREY), 1: ("yes", BLUE)}
ENDS = {1: ("before retries", ORANGE)}
RETRIES = {0: ("off", ORANGE)}
NO_LIMIT = {-1: ("no limit", GREY)}
# Why something is not known, or not for sure.
REASON = {
    0: ("cannot be read", ORANGE),
    1: ("read only in part", ORANGE),
    2: ("does not exist", ORANGE),
    3: ("last known", BLUE),
}
READ = {0: ("cannot be read", ORANGE), 1: ("ok", GREEN)}
GOOD = {0: ("FAILED", RED), 1: ("ok", GREEN)}
COMPLETE = {0: ("not yet", ORANGE), 1: ("complete", GREEN)}
ALERTS = {-1: ("RULES NOT LOADED", RED)}


def steps(pairs):
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for value, color in pairs]}


def mappings(words):
    """Values as words, and their colours."""
    options = {
        str(value): {"index": index, "text": text, "color": color}
        for index, (value, (text, color)) in enumerate(words.items())
    }
    return [{"type": "value", "options": options}]


def always(text):
    """Whatever the value, this word for it."""
    return {"type": "regex", "options": {"pattern": ".+", "result": {"index": 0, "text": text, "color": BLUE}}}


def override(name, **properties):
    """What is different for one field; `__` in a name stands for a dot."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }
