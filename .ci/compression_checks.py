"""What clients make of the compressed scrape: one gzip member with the same text."""

import gzip
import subprocess
import urllib.request
import zlib

AS_GZIP = 16 + zlib.MAX_WBITS


def fleet_of(text):
    """The samples about functions, which stay while the fleet does."""
    return [line for line in text.splitlines() if line.startswith("aws_lambda_")]


def check_compression(checks, url, plain):
    """Python, its zlib, and curl; Prometheus reads the same, in everything else that is checked."""
    expected = fleet_of(plain)
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        encoding, body = answer.headers["Content-Encoding"], answer.read()
    checks.equal("a client that takes gzip gets it", encoding, "gzip")
    checks.check("the compressed scrape is a fifth at most", len(body) * 5 <= len(plain), f"{len(body)} of {len(plain)}")
    checks.equal("Python reads it", fleet_of(gzip.decompress(body).decode()), expected)
    decoder = zlib.decompressobj(AS_GZIP)
    text = decoder.decompress(body).decode()
    checks.equal("its first member is all", (fleet_of(text), decoder.eof, decoder.unused_data), (expected, True, b""))
    curl = ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "--compressed", url]
    answer = subprocess.run(curl, capture_output=True, text=True, timeout=10, check=False)
    checks.equal("curl reads it", (answer.returncode, fleet_of(answer.stdout)), (0, expected))
