"""The exporter against moto, an implementation of AWS that knows nothing of ours: what is published, line by line.

Usage: moto_check.py PATH-OF-THE-EXPORTER; needs what `moto.txt` names. Moto ignores qualifiers and dead-letter queues and
writes the LastModified of a listing as text, so only unqualified functions are asked about.
"""

import io
import os
import pathlib
import signal
import sys
import tempfile
import zipfile

import boto3
from checks import Checks, free_port, get, running, samples, stop, wait_for

ACCOUNT, REGION = "123456789012", "us-east-1"
CONFIG = "aws_lambda_event_invoke_config_"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
CONFIGURED, BARE, MISSING = "configured", "without-config", "no-such-function"
# Requests to the loopback pass no proxy.
os.environ["NO_PROXY"] = "127.0.0.1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": REGION}


def client(service, endpoint):
    """A client of moto."""
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def populate(endpoint):
    """One function with a config, one without."""
    client("sqs", endpoint).create_queue(QueueName="failed")
    role = client("iam", endpoint).create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context):\n    return event\n")
    functions = client("lambda", endpoint)
    common = {"Runtime": "python3.12", "Role": role, "Handler": "main.handler", "Code": {"ZipFile": code.getvalue()}}
    functions.create_function(FunctionName=CONFIGURED, **common)
    functions.create_function(FunctionName=BARE, **common)
    functions.put_function_event_invoke_config(
        FunctionName=CONFIGURED, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=3600,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )


def lines(function, present, retries, age, on_failure):
    """The lines that a function's settings give, LastModified aside."""
    labels = f'account_id="{ACCOUNT}",region="{REGION}",function_name="{function}",qualifier="$LATEST"'
    expected = [
        f"{CONFIG}present{{{labels}}} {present}",
        f"{CONFIG}maximum_retry_attempts{{{labels}}} {retries}",
        f"{CONFIG}maximum_event_age_seconds{{{labels}}} {age}",
        f'{CONFIG}destination_present{{{labels},condition="on_success"}} 0',
        f'{CONFIG}destination_present{{{labels},condition="on_failure"}} {int(on_failure is not None)}',
        f"lambda_async_exporter_target_success{{{labels}}} 1",
        f"aws_lambda_function_dead_letter_queue_present{{{labels}}} 0",
        f"aws_lambda_function_async_failures_retained{{{labels}}} {int(on_failure is not None)}",
    ]
    if on_failure:
        destination = f'destination_type="sqs",destination_arn="{on_failure}"'
        expected.append(f'{CONFIG}destination_info{{{labels},condition="on_failure",{destination}}} 1')
    return sorted(expected)


def settings(metrics, function):
    """What is read of a function by itself. What collectors read comes when it comes, and not all of it is in moto."""
    collected = (f"{CONFIG}destination_exists", "aws_lambda_function_async_events_received", "aws_lambda_event_source_mapping_")
    lines = samples(metrics, function_name=function, qualifier="$LATEST")
    return [line for line in lines if not line.startswith(collected)]


def check_functions(checks, metrics):
    """Each function's lines, and no others."""
    modified = f"{CONFIG}last_modified_timestamp_seconds"
    got = [line for line in settings(metrics, CONFIGURED) if not line.startswith(modified)]
    checks.equal("a function with a config", got, lines(CONFIGURED, 1, 1, 3600, QUEUE))
    checks.equal("its LastModified", len(samples(metrics, modified, function_name=CONFIGURED)), 1)
    got = settings(metrics, BARE)
    checks.equal("a function without a config has AWS's defaults", got, lines(BARE, 0, 2, 21600, None))
    labels = f'account_id="{ACCOUNT}",region="{REGION}",function_name="{MISSING}",qualifier="$LATEST"'
    only = [f"lambda_async_exporter_target_not_found{{{labels}}} 1", f"lambda_async_exporter_target_success{{{labels}}} 0"]
    got = samples(metrics, function_name=MISSING)
    checks.equal("a function that does not exist has no series about it", got, only)
    targets = f'lambda_async_exporter_targets{{account_id="{ACCOUNT}",region="{REGION}",state='
    for state, count in {"ok": 2, "not_found": 1, "failed": 0, "denied": 0, "throttled": 0}.items():
        checks.check(f"targets {state}: {count}", f'{targets}"{state}"}} {count}' in metrics.splitlines())


def check_deletion(checks, endpoint, url):
    """A config that is deleted while the exporter runs leaves AWS's defaults."""
    client("lambda", endpoint).delete_function_event_invoke_config(FunctionName=CONFIGURED)
    gone = lines(CONFIGURED, 0, 2, 21600, None)

    def shows():
        return settings(get(f"{url}/metrics")[1], CONFIGURED) == gone

    wait_for("the deletion of a config", shows, 20)
    checks.check("a config that was deleted leaves AWS's defaults", True)


def main():
    checks = Checks("moto")
    exporter_path = pathlib.Path(sys.argv[1]).resolve()
    moto_port, port = free_port(), free_port()
    endpoint, url = f"http://127.0.0.1:{moto_port}", f"http://127.0.0.1:{port}"
    server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(moto_port)]
    flags = [f"--lambda.function={name}" for name in (CONFIGURED, BARE, MISSING)]
    environment = {"AWS_ENDPOINT_URL": endpoint, "LAMBDA_ASYNC_EXPORTER_POLL__INTERVAL": "2s", **CREDENTIALS}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        with running(scratch / "moto.log", *server) as moto:
            wait_for("moto", lambda: get(f"{endpoint}/moto-api/")[0] == 200, 60, moto)
            populate(endpoint)
            command = [exporter_path, f"--web.listen-address=127.0.0.1:{port}", *flags]
            with running(scratch / "exporter.log", *command, env=environment) as exporter:
                wait_for("/-/ready", lambda: get(f"{url}/-/ready")[0] == 200, 30, exporter)
                check_functions(checks, get(f"{url}/metrics")[1])
                check_deletion(checks, endpoint, url)
                code, seconds = stop(exporter, signal.SIGTERM, 10)
                checks.check(f"the exporter ends on SIGTERM with 0 ({seconds:.1f} s)", code == 0, code)
    checks.close()


main()
