"""The kinds of panels. Each takes a title, a description, its place and its queries, and gives Grafana's JSON for it.

A place is (x, y, width, height) in Grafana's units: 24 to a row, 38 pixels high.
"""

from . import look

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# To the last one: 10,432 and not 10.4 K.
COUNT = "locale"


def panel(kind, title, description, place, targets, defaults, options, overrides=()):
    x, y, width, height = place
    return {
        "type": kind,
        # Whose options these are; a later Grafana brings them up to date.
        "pluginVersion": "11.0.0",
        "title": title,
        "description": description,
        "gridPos": {"x": x, "y": y, "w": width, "h": height},
        "datasource": DATASOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
        "options": options,
    }


def row(title, y):
    """A heading over the panels below it."""
    place = {"x": 0, "y": y, "w": 24, "h": 1}
    return {"type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": place}


def target(index, expression, legend="__auto", **more):
    letter = chr(ord("A") + index)
    return {"refId": letter, "datasource": DATASOURCE, "editorMode": "code", "expr": expression, "legendFormat": legend} | more


def now(queries):
    """Instant queries: what is, at the end of the range."""
    return [target(index, query, instant=True, range=False) for index, query in enumerate(queries)]


def stat(title, description, place, query, unit=COUNT, thresholds=look.NEUTRAL, words=None, **defaults):
    """One number, or the word for it."""
    fields = {"unit": unit, "thresholds": look.steps(thresholds), "color": {"mode": "thresholds"}, "noValue": "not known"}
    if words:
        fields["mappings"] = look.mappings(words)
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "background" if words else "value",
        "graphMode": "none",
        "justifyMode": "center",
        "textMode": "value",
    }
    return panel("stat", title, description, place, now([query]), fields | defaults, options)


def graph(title, description, place, queries, unit=COUNT, stacked=False, lines=None, thresholds=None, **defaults):
    """Lines over time; queries are pairs of an expression and a legend.

    `lines` has a colour and a dash for each legend that has a meaning of its own.
    """
    custom = {
        "drawStyle": "line",
        "lineWidth": 2,
        "fillOpacity": 30 if stacked else 0,
        "showPoints": "never",
        # A scrape or two that were missed are no gap.
        "spanNulls": 300000,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    fields = {"unit": unit, "min": 0, "color": {"mode": "palette-classic"}, "custom": custom}
    if thresholds:
        fields["thresholds"] = look.steps(thresholds)
        custom["thresholdsStyle"] = {"mode": "dashed"}
    overrides = [
        look.override(
            name,
            color={"mode": "fixed", "fixedColor": color},
            custom__lineStyle={"fill": "dash", "dash": dash} if dash else {"fill": "solid"},
        )
        for name, (color, dash) in (lines or {}).items()
    ]
    options = {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": ["lastNotNull"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    targets = [target(index, query, legend) for index, (query, legend) in enumerate(queries)]
    return panel("timeseries", title, description, place, targets, fields | defaults, options, overrides)


def states(title, description, place, query, legend, words):
    """What was so and when, a bar for each series."""
    fields = {
        "unit": COUNT,
        "mappings": look.mappings(words),
        "color": {"mode": "thresholds"},
        "thresholds": look.steps([(None, look.GREY)]),
        "custom": {"fillOpacity": 70, "lineWidth": 0, "spanNulls": 300000},
    }
    options = {
        "mergeValues": True,
        "showValue": "auto",
        "rowHeight": 0.8,
        "alignValue": "left",
        "legend": {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    return panel("state-timeline", title, description, place, [target(0, query, legend)], fields, options)


def column(field, title, width=None, unit=None, words=None, thresholds=None, link=None, decimals=None, copied=False):
    """One column of a table: its field in the answer (a label, or `Value` and the query's letter) and its look.

    A label is text even where it looks like a number, as an account's id does. What people want to copy, an ARN for one,
    has a button that shows it whole.
    """
    properties = {"displayName": title, "unit": unit or (COUNT if field.startswith("Value") else "string")}
    if width:
        properties["custom__width"] = width
    if words:
        properties["mappings"] = look.mappings(words)
    if thresholds:
        properties["thresholds"] = look.steps(thresholds)
    if words or thresholds:
        properties["custom__cellOptions"] = {"type": "color-text"}
    if copied:
        properties["custom__inspect"] = True
    if decimals is not None:
        properties["decimals"] = decimals
    if link:
        title, url, new = link
        properties["links"] = [{"title": title, "url": url, "targetBlank": new}]
    return field, properties


def table(title, description, place, queries, columns, sort=None, empty="None"):
    """Rows of now, in pages. Of several queries those rows are one that have the same labels.

    `sort` is a column's title, with a minus before it where the highest comes first; `empty` what a cell without a value says.
    """
    targets = [entry | {"format": "table"} for entry in now(queries)]
    names = [field for field, _ in columns]
    transformations = [{"id": "merge", "options": {}}] if len(queries) > 1 else []
    transformations += [
        {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
        {"id": "organize", "options": {"indexByName": {name: index for index, name in enumerate(names)}}},
    ]
    fields = {
        "unit": COUNT,
        "noValue": empty,
        "color": {"mode": "thresholds"},
        "thresholds": look.steps([(None, look.GREY)]),
        "custom": {"align": "left", "cellOptions": {"type": "auto"}, "filterable": True},
    }
    options = {
        "showHeader": True,
        "cellHeight": "sm",
        # Where it stands until Grafana 12.1, and since.
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "enablePagination": True},
        "enablePagination": True,
        "sortBy": [{"displayName": sort.lstrip("-"), "desc": sort.startswith("-")}] if sort else [],
    }
    overrides = [look.override(field, **properties) for field, properties in columns]
    made = panel("table", title, description, place, targets, fields, options, overrides)
    return made | {"transformations": transformations}


def annotation(query, text):
    """Alerts as marks on the graphs: a query whose series are there while one fires."""
    return {
        "name": "Alerts",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": look.RED,
        "expr": query,
        "step": "60s",
        "titleFormat": "{{alertname}}",
        "textFormat": text,
        "tagKeys": "severity",
    }
