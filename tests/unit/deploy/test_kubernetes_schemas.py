"""Every overlay is built, and valid by the API's own schemas."""

import copy

import pytest

from tests.unit.deploy.manifests import BUILT, OVERLAYS, build, one

pytestmark = pytest.mark.slow

VERSIONS = ("1.30", "1.34", "1.37")
"""The oldest that knows all that is used here, and later ones."""


def test_there_are_the_overlays_that_the_documentation_names():
    assert OVERLAYS == ("arm", "development", "gpu", "production")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", BUILT)
def test_each_manifest_is_valid(folder: str, version: str):
    import kubernetes_validate

    manifests = build(folder)
    assert len(manifests) > 10
    for manifest in manifests:
        assert kubernetes_validate.validate(manifest, version, strict=True) == version


def test_a_field_that_is_misspelt_is_refused():
    import kubernetes_validate

    wrong = copy.deepcopy(one(build("base"), "Deployment", "dynint-gateway"))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)
