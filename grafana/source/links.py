"""Where a click leads. Within Grafana the data source and the range stay."""

from .look import always

OVERVIEW, FUNCTION, EXPORTER = "lambda-async-overview", "lambda-async-function", "lambda-async-exporter"
KEPT = "${__url_time_range}&${datasource:queryparam}"
NARROWED = "${team:queryparam}&${functions:queryparam}"

# From a row with these labels.
TO_FUNCTION = (
    "Everything about this function",
    f"/d/{FUNCTION}?{KEPT}&var-account=${{__data.fields.account_id}}"
    "&var-region=${__data.fields.region}&var-function=${__data.fields.function_name}",
    False,
)
TO_ACCOUNT = (
    "This account alone",
    f"/d/{OVERVIEW}?{KEPT}&var-account=${{__value.raw}}&${{region:queryparam}}&{NARROWED}",
    False,
)
TO_REGION = (
    "This region alone",
    f"/d/{OVERVIEW}?{KEPT}&${{account:queryparam}}&var-region=${{__value.raw}}&{NARROWED}",
    False,
)
TO_SCOPE = (
    "The functions of this account and region",
    f"/d/{OVERVIEW}?{KEPT}&var-account=${{__data.fields.account_id}}&var-region=${{__data.fields.region}}",
    False,
)

# The field has the address, the cell shows a word.
TO_CONSOLE = {
    "displayName": "AWS console",
    "unit": "string",
    "custom__width": 105,
    "custom__filterable": False,
    "mappings": [always("open")],
    "links": [{"title": "Open in the AWS console", "url": "${__value.raw}", "targetBlank": True}],
}
CONSOLE = ("console", TO_CONSOLE)


def menu(here):
    """The other dashboards, at the top. What is chosen goes along to those that have the same choices."""
    titles = {OVERVIEW: "Overview", FUNCTION: "Function", EXPORTER: "Exporter"}
    return [
        {
            "type": "link",
            "title": title,
            "icon": "dashboard",
            "tooltip": "",
            "tags": [],
            "url": f"/d/{uid}?${{datasource:queryparam}}",
            "asDropdown": False,
            "targetBlank": False,
            "includeVars": uid != FUNCTION,
            "keepTime": True,
        }
        for uid, title in titles.items()
        if uid != here
    ]
