"""compose.yaml, the Dockerfile and what they use, without a container engine: that each thing named is there, and configurations
please their programs.

Needs promtool and amtool on the path, nothing but the standard library: of YAML it reads the lines that it is about.
"""

import pathlib
import re
import subprocess

from checks import Checks

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPOSE, DOCKERFILE = (ROOT / "compose.yaml").read_text(encoding="utf-8"), (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROMETHEUS, ALERTMANAGER = ROOT / "config/prometheus/prometheus.yml", ROOT / "config/alertmanager/alertmanager.yml"


def section(text, heading, indent):
    """What is below `heading:`, by the keys there."""
    space = " " * indent
    below = re.search(rf"^{heading}:\n((?:(?:{space} .*)?\n|{space}#.*\n)*)", text, re.MULTILINE)[1]
    parts = re.split(rf"^{space}  (\w+):\n?", below, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


class Service:
    """One service's lines, of which the kinds in use are understood."""

    def __init__(self, text):
        self.text = text
        self.image = self.one(r"^    image: (\S+)$")
        self.target = self.one(r"^      target: (\S+)$")
        # Paths in the repository by their paths in the container, and volumes.
        self.mounts = {inside: outside for outside, inside in re.findall(r"^      - \./(\S+?):(\S+?):ro$", text, re.M)}
        self.volumes = set(re.findall(r"^      - (\w+):/\S+$", text, re.M))
        self.ports = [re.split(":", port) for port in re.findall(r'"([\d.:]+)"', self.one(r"^    ports: (.*)$") or "")]

    def one(self, pattern):
        found = re.search(pattern, self.text, re.M)
        return found and found[1]

    def outside(self, inside):
        """Where in the repository a file of the container is; None where it is not."""
        for mount, path in self.mounts.items():
            if inside == mount or inside.startswith(f"{mount}/"):
                return ROOT / (path + inside.removeprefix(mount))
        return None


def run(*command):
    """A program's verdict and what it said."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode == 0, answer.stdout + answer.stderr


def check_configurations(checks):
    """The configuration files, by the programs that read them."""
    good, said = run("promtool", "check", "config", str(PROMETHEUS))
    checks.check("promtool check config prometheus.yml", good and "3 rule files found" in said, said)
    good, said = run("amtool", "check-config", str(ALERTMANAGER))
    checks.check("amtool check-config alertmanager.yml", good, said)
    test = ("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}")
    for severity, receiver in (("critical", "page"), ("warning", "tickets"), ("info", "nobody")):
        good, said = run(*test, "alertname=LambdaAsyncFailureDestinationMissing", f"severity={severity}")
        checks.check(f"{severity} is routed to {receiver}", good and said.splitlines()[0] == receiver, said)


def check_services(checks, services):
    """Each service: its image, what it mounts, what it may, and where it can be reached."""
    for name, service in services.items():
        built = service.target is not None
        checks.check(f"{name}: an image of one version", built or re.search(r":v?\d+\.\d+\.\d+$", service.image), service.image)
        missing = [path for path in service.mounts.values() if not (ROOT / path).exists()]
        checks.equal(f"{name}: all that is mounted is there", missing, [])
        checks.check(f"{name}: hardened", "    <<: *service\n" in service.text)
        addresses = {address for address, _, _ in service.ports}
        checks.equal(f"{name}: for this machine only", addresses, {"127.0.0.1"})
        health = service.text + (stages()[service.target] if built else "")
        asked = re.search(r"http://127\.0\.0\.1:(\d+)/", health)
        checks.check(f"{name}: its health is asked where it listens", asked and asked[1] in {port[2] for port in service.ports})
    hardened = re.search(r"^x-service: &service\n((?:  .*\n)+)", COMPOSE, re.M)[1]
    for line in ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]', "restart: unless-stopped"):
        checks.check(f"hardened is {line}", f"  {line}\n" in hardened)
    declared = set(re.findall(r"^  (\w+):$", COMPOSE.split("\nvolumes:\n")[1], re.M))
    checks.equal("volumes", set().union(*(service.volumes for service in services.values())), declared)


def check_addresses(checks, services):
    """Who asks whom: names are services, ports those that they listen on."""
    listening = {f"{name}:{port[2]}" for name, service in services.items() for port in service.ports}
    text = PROMETHEUS.read_text(encoding="utf-8")
    targets = set(re.findall(r'targets: \["(\S+)"\]', text))
    checks.equal("Prometheus asks the demo and tells Alertmanager", targets, {"demo:10046", "alertmanager:9093"})
    asked = services["grafana"].one(r"^      PROMETHEUS_URL: http://(\S+)$")
    checks.equal("all that is asked for listens", {*targets, asked} - listening, set())
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    job = re.search(r"job_name: (\S+)", text)[1]
    checks.check("the job is called as in the README", f"job_name: {job}\n" in readme, job)


def check_paths(checks, services):
    """Files that a program is told of, or finds by itself."""
    paths = {
        (name, path)
        for name, service in services.items()
        for path in re.findall(r"(?:--config\.file=|_PATH: )(/\S+)", service.text)
    }
    grafana = services["grafana"]
    provider = (ROOT / "grafana/provisioning/dashboards/lambda-async.yaml").read_text(encoding="utf-8")
    paths.add(("grafana", re.search(r"^ +path: (\S+)$", provider, re.M)[1]))
    paths.add(("prometheus", "/etc/prometheus/rules/recording.yaml"))
    for name, path in sorted(paths):
        there = services[name].outside(path)
        checks.check(f"{name}: {path}", there and there.exists(), there)
    kinds = {path.name for path in (ROOT / "grafana/provisioning").iterdir()}
    mounted = {pathlib.Path(inside).name for inside in grafana.mounts if "/provisioning/" in inside}
    checks.equal("Grafana is provisioned with all but the alerts, which Prometheus has", kinds - mounted, {"alerting"})


def stages():
    """The Dockerfile's stages by their names, the default one last."""
    parts = re.split(r"^FROM \S+ AS (\w+)\n", DOCKERFILE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def check_dockerfile(checks, services):
    """Stages, users, and that what is built from reaches the build."""
    checks.equal("the exporter is the image that is built by default", list(stages())[-1], "exporter")
    checks.check("the demo is another target", services["demo"].target in stages())
    for name in ("demo", "exporter"):
        checks.check(f"{name}: not root", "\nUSER 65532:65532\n" in stages()[name])
    images = re.findall(r"^FROM (\S+) ", DOCKERFILE, re.M)
    checks.equal("images with a version", [image for image in images if ":" not in image or "latest" in image], [])
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    wanted = [int(part) for part in re.search(r'rust-version = "([\d.]+)"', cargo)[1].split(".")]
    rust = [int(part) for part in re.search(r"^FROM rust:([\d.]+)-", DOCKERFILE, re.M)[1].split(".")]
    checks.check("its Rust is new enough", rust + [0] * (3 - len(rust)) >= wanted, (rust, wanted))
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.M)
    checks.equal("all that the build is given is there", [path for path in allowed if not (ROOT / path).exists()], [])
    needed = {"Cargo.toml", "Cargo.lock", "build.rs", "src", "benches", "examples", "tests/harness", "tests/simulator"}
    checks.equal("and is all that it needs", set(allowed), needed)
    copied = re.findall(r"^COPY --from=build /src/(\S+) ", DOCKERFILE, re.M)
    good = all((ROOT / path).exists() and path.split("/")[0] in allowed for path in copied)
    checks.check("what is copied besides the programs is there", copied and good, copied)


def main():
    checks = Checks("Containers")
    services = {name: Service(text) for name, text in section(COMPOSE, "services", 0).items()}
    checks.equal("services", set(services), {"demo", "prometheus", "alertmanager", "grafana"})
    check_configurations(checks)
    check_services(checks, services)
    check_addresses(checks, services)
    check_paths(checks, services)
    check_dockerfile(checks, services)
    checks.close()


main()
