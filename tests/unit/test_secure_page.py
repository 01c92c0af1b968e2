"""The page on security names settings, paths and files that there are."""

import re
from pathlib import Path

from service.access.key_ring import KeyRing
from service.access.places import ADMIN, BOTH
from service.settings import Settings
from service.settings.access import AccessSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "secure.md").read_text()


def test_each_variable_is_a_setting_and_each_setting_of_access_is_there():
    named = set(re.findall(r"\bDYNINT_(\w+)", PAGE))
    assert named <= {name.upper() for name in Settings.model_fields}
    security = {*AccessSettings.model_fields, "admin_port", "admin_host", "trusted_proxies"}
    assert {name.upper() for name in security} <= named


def test_the_example_of_a_file_of_keys_can_be_read():
    (example,) = re.findall(r"```\n(# name:SHA-256.*?)```", PAGE, re.DOTALL)
    ring = KeyRing.from_bytes(example.encode(), Path("example"))
    assert ring.limits()["feed"] == {"requests": 50.0, "burst": 100.0, "rows": 20000.0}


def test_the_rights_of_redis_user_are_those_that_the_tests_prove():
    (rights,) = re.findall(r"ACL SETUSER gateway on >PASSWORD (.*)", PAGE)
    proven = (ROOT / "tests" / "integration" / "test_redis_secure.py").read_text()
    assert all(f'"{right}"' in proven for right in rights.split())


def test_the_places_of_paths_are_told():
    told = PAGE.partition("## The admin port")[2].partition("## TLS")[0]
    for path in {path for path in ADMIN | BOTH if not path.startswith("/docs/")}:
        assert f"`{path}`" in told


def test_each_page_that_it_leads_to_is_there():
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists()
