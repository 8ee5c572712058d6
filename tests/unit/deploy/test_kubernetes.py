"""The manifests, held against Kubernetes' own schemas, and against what the commands in them do."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from pipeline.domain.errors import ExitCode
from pipeline.settings.application import Settings
from pipeline.settings.files import load
from pipeline.web.app import LOOPBACK_NAMES
from tests.support.programs import DEPLOY, ROOT, stub

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
MANIFESTS = [
    manifest
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
SCHEMAS = kubernetes_validate.latest_version()


def name_of(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def one(kind: str, name: str) -> dict[str, Any]:
    (found,) = (manifest for manifest in MANIFESTS if name_of(manifest) == f"{kind} {name}")
    return found


def template(manifest: dict[str, Any]) -> dict[str, Any]:
    spec = manifest["spec"]
    return spec["jobTemplate"]["spec"]["template"] if manifest["kind"] == "CronJob" else spec["template"]


WORKLOADS = [manifest for manifest in MANIFESTS if manifest["kind"] in ("CronJob", "Deployment")]
POLICIES = [manifest for manifest in MANIFESTS if manifest["kind"] == "NetworkPolicy"]


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for workload in WORKLOADS:
        pod = template(workload)["spec"]
        for container in (*pod["initContainers"], *pod["containers"]):
            yield name_of(workload), container


@pytest.mark.parametrize("manifest", MANIFESTS, ids=name_of)
def test_a_manifest_is_what_kubernetes_expects(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, SCHEMAS, strict=True)


def test_a_misspelled_field_would_be_refused() -> None:
    broken = {**one("CronJob", "corpusgate-refresh")}
    broken["spec"] = {**broken["spec"], "concurrency": "Forbid"}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, SCHEMAS, strict=True)


def test_the_kustomization_names_every_file_and_the_one_image() -> None:
    assert {*KUSTOMIZATION["resources"], "kustomization.yaml"} == {path.name for path in FOLDER.glob("*.yaml")}
    assert {container["image"] for _, container in containers()} == {image["name"] for image in KUSTOMIZATION["images"]}


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_a_pod_is_restricted(workload: dict[str, Any]) -> None:
    """The profile `restricted` of Kubernetes' pod security standards, and a root file system nobody can write."""
    pod = template(workload)["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_secrets_come_from_the_secret_and_stand_nowhere(workload: dict[str, Any]) -> None:
    pod = template(workload)["spec"]
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["envFrom"] == [{"secretRef": {"name": "corpusgate"}}]
        assert "env" not in container
    assert not [manifest for manifest in MANIFESTS if manifest["kind"] == "Secret"]


@pytest.mark.parametrize("manifest", [*WORKLOADS, *POLICIES], ids=name_of)
def test_labels_and_selectors_fit(manifest: dict[str, Any]) -> None:
    """A policy or selector that fits no pod protects nothing."""
    labels = [template(workload)["metadata"]["labels"].items() for workload in WORKLOADS]
    if manifest["kind"] == "NetworkPolicy":
        fitting = [found for found in labels if manifest["spec"]["podSelector"]["matchLabels"].items() <= found]
        assert len(fitting) == (1 if "serve" in manifest["metadata"]["name"] else len(WORKLOADS))
    elif manifest["kind"] == "Deployment":
        own = template(manifest)["metadata"]["labels"].items()
        assert manifest["spec"]["selector"]["matchLabels"].items() <= own
        assert sum(manifest["spec"]["selector"]["matchLabels"].items() <= found for found in labels) == 1
    else:
        assert template(manifest)["metadata"]["labels"]["app.kubernetes.io/name"] == "corpusgate"


def test_ports_that_policies_and_services_name_are_there() -> None:
    named = {port["name"] for _, container in containers() for port in container.get("ports", ())}
    wanted = {
        port["port"] for policy in POLICIES for rule in policy["spec"].get("ingress", ()) for port in rule["ports"]
    }
    wanted |= {port["targetPort"] for port in one("Service", "corpusgate")["spec"]["ports"]}
    assert wanted == named


def test_refreshes_never_overlap_and_wrong_usage_is_not_tried_again() -> None:
    spec = one("CronJob", "corpusgate-refresh")["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    rules = {rule["action"]: rule for rule in spec["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]}
    (container,) = template(one("CronJob", "corpusgate-refresh"))["spec"]["containers"]
    assert rules["FailJob"]["onExitCodes"] == {
        "containerName": container["name"],
        "operator": "In",
        "values": [int(ExitCode.USAGE)],
    }


@pytest.mark.parametrize(
    ("code", "seen"),
    [(ExitCode.FINE, 0), (ExitCode.FAILED, 1), (ExitCode.USAGE, 2), (ExitCode.WAITING, 0)],
)
def test_waiting_for_a_person_is_no_failed_job(tmp_path: Path, code: ExitCode, seen: int) -> None:
    (container,) = template(one("CronJob", "corpusgate-refresh"))["spec"]["containers"]
    stub(tmp_path, "corpusgate", f"exit {int(code)}")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [*container["command"], *container["args"]]
    assert subprocess.run(command, env=environment, check=False, timeout=30).returncode == seen


def test_the_report_is_sent_once_a_week_and_never_twice_at_once() -> None:
    spec = one("CronJob", "corpusgate-report")["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("10 6 * * 1", "Etc/UTC", "Forbid")
    (container,) = template(one("CronJob", "corpusgate-report"))["spec"]["containers"]
    assert container["args"] == ["report", "--notify"]


def test_one_stream_and_the_old_one_ends_first() -> None:
    spec = one("Deployment", "corpusgate-stream")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_probes_ask_what_the_server_answers_under_a_name_it_knows() -> None:
    workload = one("Deployment", "corpusgate-serve")
    (container,) = template(workload)["spec"]["containers"]
    routes = (ROOT / "docs" / "reference" / "routes.md").read_text(encoding="utf-8")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[probe]["httpGet"]
        assert f"| GET | `{asked['path']}` | everybody |" in routes
        assert next(header["value"] for header in asked["httpHeaders"] if header["name"] == "Host") in LOOPBACK_NAMES


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The ConfigMap's, as Corpusgate reads it."""
    path = tmp_path / "corpusgate.yaml"
    path.write_text(one("ConfigMap", "corpusgate")["data"]["corpusgate.yaml"], encoding="utf-8")
    return load(path, Settings)


def test_the_configuration_is_one_that_several_pods_can_share(settings: Settings) -> None:
    assert settings.database.url.startswith("postgresql")
    assert "${PASSWORD}" in settings.database.url
    assert settings.embedding.precision != "auto"


def test_metrics_are_offered_where_prometheus_looks(settings: Settings) -> None:
    ports = {
        workload["metadata"]["name"]: {port["name"]: port["containerPort"] for port in container.get("ports", ())}
        for workload in WORKLOADS
        for container in template(workload)["spec"]["containers"]
    }
    assert ports["corpusgate-serve"]["metrics"] == settings.metrics.port
    assert ports["corpusgate-stream"]["metrics"] == settings.metrics.stream_port


def test_pods_are_given_the_time_they_take_to_stop(settings: Settings) -> None:
    serve, stream = (template(one("Deployment", f"corpusgate-{name}"))["spec"] for name in ("serve", "stream"))
    first = int(serve["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert serve["terminationGracePeriodSeconds"] > first + settings.web.stop_seconds
    assert stream["terminationGracePeriodSeconds"] > settings.stream.drain_seconds
