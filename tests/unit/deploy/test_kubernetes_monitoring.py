"""Prometheus on Kubernetes: it can mount its files, list the pods, and the retraining reaches each gateway."""

import re

import pytest
import yaml

from tests.unit.deploy.manifests import build, every, names, one
from tests.unit.deploy.promql import PROMETHEUS, ROOT

pytestmark = pytest.mark.slow


def test_what_prometheus_and_grafana_mount_is_in_their_namespace():
    manifests = build("monitoring")
    assert names(manifests, "ConfigMap") == {"dynint-prometheus", "dynint-dashboards"}
    assert {each["metadata"]["namespace"] for each in manifests} == {"monitoring"}
    files = one(manifests, "ConfigMap", "dynint-prometheus")["data"]
    config = yaml.safe_load(files["prometheus.yml"])
    assert set(config["rule_files"]) == files.keys() - {"prometheus.yml"}
    assert not names(build("overlays/production"), "ConfigMap") & names(manifests, "ConfigMap")


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_they_are_valid(version: str):
    import kubernetes_validate

    for manifest in build("monitoring"):
        assert kubernetes_validate.validate(manifest, version, strict=True) == version


def test_prometheus_may_list_the_pods_of_the_namespaces_that_it_asks_for():
    manifests = build("overlays/production")
    bound = one(manifests, "RoleBinding", "dynint-scrape")
    role = one(manifests, "Role", bound["roleRef"]["name"])
    assert bound["roleRef"]["kind"] == "Role"
    (subject,) = bound["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "prometheus", "namespace": "monitoring"}
    (rule,) = role["rules"]
    assert (rule["apiGroups"], rule["resources"]) == ([""], ["pods"])
    assert set(rule["verbs"]) == {"get", "list", "watch"}
    (job,) = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())["scrape_configs"]
    (found,) = job["kubernetes_sd_configs"]
    assert found["role"] == "pod"
    assert found["namespaces"]["names"] == [role["metadata"]["namespace"]] == ["dynint"]
    assert bound["metadata"]["namespace"] == "dynint"
    assert not names(manifests, "ClusterRole")


@every
def test_the_retraining_reaches_each_gateway_and_not_one_for_all(folder: str):
    admin = one(build(folder), "Service", "dynint-gateway-admin")["spec"]
    assert admin["clusterIP"] == "None"
    assert not admin.get("publishNotReadyAddresses", False)


def test_a_job_that_somebody_makes_has_a_namespace_and_a_name_of_its_own():
    found = []
    for path in [*(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.yaml")]:
        found += re.findall(r"kubectl.*--from=cronjob/\S+.*", path.read_text())
    assert len(found) >= 4
    for command in found:
        assert re.search(r"kubectl -n dynint create job --from=cronjob/\S+ \w+-\$\(date", command)
