"""The manifests fit together, and keep to what this project asks of whatever runs."""

import re

import pytest
import yaml

from service.settings import Settings
from tests.unit.deploy.manifests import (
    KUBERNETES,
    build,
    every,
    first_container,
    matches,
    names,
    one,
    pods,
    settings_of,
)
from tests.unit.deploy.promql import ROOT

pytestmark = pytest.mark.slow

BY_HAND = {"dynint-redis", "dynint-api-keys"}
"""Secrets: made by who rolls it out, as docs/kubernetes.md says, and in no file."""


@every
def test_each_container_is_confined(folder: str):
    for each in pods(build(folder)):
        context = each.spec["securityContext"]
        assert context["runAsNonRoot"] is True, each.of
        assert context["runAsUser"] >= 100, each.of
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert each.spec["automountServiceAccountToken"] is False
        assert each.spec["serviceAccountName"] in names(build(folder), "ServiceAccount")
        for container in each.containers:
            own = container["securityContext"]
            assert own["allowPrivilegeEscalation"] is False, each.of
            assert own["readOnlyRootFilesystem"] is True
            assert own["capabilities"] == {"drop": ["ALL"]}
            for kind in ("requests", "limits"):
                assert {"cpu", "memory"} <= container["resources"][kind].keys(), (each.of, kind)
            assert re.search(r":[\w.-]*\d|@sha256:[0-9a-f]{64}$", container["image"]), each.of


@every
def test_what_is_mounted_exists(folder: str):
    manifests = build(folder)
    maps, claims = names(manifests, "ConfigMap"), names(manifests, "PersistentVolumeClaim")
    for each in pods(manifests):
        templates = each.owner["spec"].get("volumeClaimTemplates", [])
        volumes = {volume["name"] for volume in each.spec["volumes"]}
        volumes |= {template["metadata"]["name"] for template in templates}
        for container in each.containers:
            mounted = [mount["name"] for mount in container["volumeMounts"]]
            assert set(mounted) <= volumes, each.of
            paths = [mount["mountPath"] for mount in container["volumeMounts"]]
            assert len(paths) == len(set(paths))
            for source in container.get("envFrom", []):
                assert source["configMapRef"]["name"] in maps
        for volume in each.spec["volumes"]:
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps, each.of
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims, each.of
            if "secret" in volume:
                assert volume["secret"]["secretName"] in BY_HAND, each.of
    assert not names(manifests, "Secret")


def test_the_page_says_how_each_secret_is_made():
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    for name in BY_HAND:
        assert f"create secret generic {name} " in page


@every
def test_selectors_choose_pods_and_ports_are_theirs(folder: str):
    manifests = build(folder)
    all_pods = list(pods(manifests))
    for each in all_pods:
        if selector := each.owner["spec"].get("selector"):
            assert matches(selector, each.labels), each.of
    for service in (each for each in manifests if each["kind"] == "Service"):
        wanted = {"matchLabels": service["spec"]["selector"]}
        (behind,) = (each for each in all_pods if matches(wanted, each.labels))
        ports = {
            port["name"]: port["containerPort"] for port in behind.spec["containers"][0]["ports"]
        }
        for port in service["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"], service["metadata"]["name"]
    for budget in (each for each in manifests if each["kind"] == "PodDisruptionBudget"):
        assert sum(matches(budget["spec"]["selector"], each.labels) for each in all_pods) == 1
    for each in all_pods:
        if each.owner["kind"] == "StatefulSet":
            assert each.owner["spec"]["serviceName"] in names(manifests, "Service")


@every
def test_probes_ask_ports_that_are_there(folder: str):
    for each in pods(build(folder)):
        for container in each.containers:
            ports = {port["name"] for port in container.get("ports", [])}
            numbers = {port["containerPort"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                for how in ("httpGet", "tcpSocket", "grpc"):
                    if port := container.get(probe, {}).get(how, {}).get("port"):
                        assert port in ports | numbers, (each.of, probe)
            if ports:
                assert {"readinessProbe", "livenessProbe"} <= container.keys(), each.of


def test_the_gateways_probes_are_routes_that_need_no_model():
    from service.routes import health

    paths = {route.path for route in health.router.routes}
    probed = first_container(build("base"), "Deployment", "dynint-gateway")
    assert probed["readinessProbe"]["httpGet"]["path"] == "/readyz"
    for probe in ("startupProbe", "livenessProbe"):
        assert probed[probe]["httpGet"]["path"] == "/livez"
    assert {"/livez", "/readyz"} <= paths


@every
def test_each_setting_is_one_of_the_gateways_and_all_are_valid(folder: str):
    found = settings_of(build(folder))
    fields = {name.removeprefix("DYNINT_").lower(): value for name, value in found.items()}
    assert all(name.startswith("DYNINT_") for name in found)
    assert fields.keys() <= Settings.model_fields.keys()
    settings = Settings(**fields)
    assert (settings.port, settings.admin_port) == (8080, 8081)
    assert str(settings.release_root) == "/releases"


@every
def test_who_is_named_in_the_settings_is_there(folder: str):
    manifests = build(folder)
    found = settings_of(manifests)
    text = found.get("DYNINT_SCORER", "") + "," + found.get("DYNINT_REDIS_URL", "")
    named = re.findall(r"(dynint-[\w-]+)-(\d+)\.(dynint-[\w-]+):(\d+)", text)
    assert bool(named) == (folder != "overlays/development")
    for workload, place, service, port in named:
        pods_ = one(manifests, "StatefulSet", workload)["spec"]
        assert int(place) < pods_["replicas"]
        assert pods_["serviceName"] == service
        ports = one(manifests, "Service", service)["spec"]["ports"]
        assert int(port) in {each["port"] for each in ports}
    servers = {place for workload, place, *_ in named if workload == "dynint-model-server"}
    if named:
        replicas = one(manifests, "StatefulSet", "dynint-model-server")["spec"]["replicas"]
        assert len(servers) == replicas
        (name,) = (
            each for each in names(manifests, "ConfigMap") if each.startswith("dynint-redis-")
        )
        nodes = one(manifests, "ConfigMap", name)["data"]["nodes"].split()
        replicas = one(manifests, "StatefulSet", "dynint-redis")["spec"]["replicas"]
        assert nodes == [f"dynint-redis-{n}.dynint-redis:6379" for n in range(replicas)]


@every
def test_files_that_settings_name_are_mounted(folder: str):
    manifests = build(folder)
    gateway = first_container(manifests, "Deployment", "dynint-gateway")
    paths = {mount["mountPath"] for mount in gateway["volumeMounts"]}
    for name, value in settings_of(manifests).items():
        if name.endswith("_FILE"):
            assert value.rpartition("/")[0] in paths, name


@every
def test_a_pod_is_given_the_time_that_its_gateway_takes_to_end(folder: str):
    manifests = build(folder)
    (gateway,) = (each for each in pods(manifests) if each.of == "Deployment/dynint-gateway")
    found = settings_of(manifests)
    before = gateway.spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = int(found["DYNINT_DRAIN_MS"]) / 1e3
    ending = int(found["DYNINT_SHUTDOWN_TIMEOUT_MS"]) / 1e3
    assert before + drain + ending + 5 <= gateway.spec["terminationGracePeriodSeconds"]
    probe = gateway.spec["containers"][0]["readinessProbe"]
    assert (
        drain >= probe["periodSeconds"] * probe["failureThreshold"]
    )  # a balancer that asks has seen it


def test_production_takes_images_by_digest_only():
    manifests = build("overlays/production")
    for each in pods(manifests):
        for run in each.containers:
            assert "@sha256:" in run["image"], each.of
    space = one(manifests, "Namespace", "dynint")["metadata"]["labels"]
    assert space["pod-security.kubernetes.io/enforce"] == "restricted"


def test_what_prometheus_reads_is_annotated_where_it_listens():
    jobs = set()
    for each in pods(build("overlays/production")):
        template = each.owner["spec"].get("template", {})
        told = template.get("metadata", {}).get("annotations", {})
        if told.get("prometheus.io/scrape") == "true":
            ports = {port["containerPort"] for port in each.spec["containers"][0]["ports"]}
            assert int(told["prometheus.io/port"]) in ports, each.of
            jobs.add(told["prometheus.io/job"])
    static = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    assert jobs == {"dynint-gateway", "tensorflow-serving", "dynint-retrain"}
    assert jobs <= {job["job_name"] for job in static["scrape_configs"]}


def test_the_autoscaler_has_the_deployment_to_itself():
    manifests = build("base")
    target = one(manifests, "HorizontalPodAutoscaler", "dynint-gateway")["spec"]["scaleTargetRef"]
    deployment = one(manifests, target["kind"], target["name"])
    assert "replicas" not in deployment["spec"]  # an apply would take its pods away


def test_no_secret_and_no_key_is_in_a_file():
    for path in KUBERNETES.rglob("*"):
        if path.is_file():
            assert not re.search(r"kind: Secret\b|redis://:[^@]+@", path.read_text()), path
