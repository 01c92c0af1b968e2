import pytest

from service.doctor.case import Case
from service.doctor.finding import failed, ok, warning
from service.doctor.installed import check_packages, check_python, compare, needed_extras
from service.doctor.report import render, to_json
from service.doctor.requirement import Requirement, in_range, requirements
from service.settings import Settings


@pytest.mark.parametrize(
    ("version", "bounds", "holds"),
    [
        ("2.21.0", ">=2.21,<2.22", True),
        ("2.22", "<2.22,>=2.21", False),
        ("2.20.9", ">=2.21,<2.22", False),
        ("3.11", ">=3.11,<3.14", True),
        ("3.9", ">=3.11", False),  # numbers, not text
        ("2.21.0rc1", ">=2.21", True),
        ("1.0.0", "==1", True),
        ("1.1", "!=1.1", False),
        ("7.0.15", "", True),
    ],
)
def test_a_version_is_compared_by_its_numbers(version: str, bounds: str, holds: bool):
    assert in_range(version, bounds) is holds


def test_lines_of_metadata_are_read():
    lines = [
        "numpy>=1.26",
        "redis[hiredis]>=5.2; extra == 'gateway'",
        'tensorflow<2.22,>=2.21; extra == "embedded"',
        "types-protobuf (>=5.29) ; extra == 'dev'",
    ]
    assert list(requirements(lines, frozenset({"gateway", "dev"}))) == [
        Requirement("numpy", ">=1.26"),
        Requirement("redis", ">=5.2", "gateway"),
        Requirement("types-protobuf", ">=5.29", "dev"),
    ]


def test_the_extras_follow_the_settings():
    def extras(**settings: object) -> frozenset[str]:
        return needed_extras(Case(Settings(**settings), {}))

    assert extras() == {"gateway", "embedded"}
    assert extras(scorer="grpc://a:1") == {"gateway"}
    assert extras(scorer="grpc://a:1", tracing_endpoint="http://c:4317") == {"gateway", "tracing"}


def test_what_is_installed_here_will_do():
    case = Case(Settings(), {})
    assert [each.state for each in check_python(case)] == ["ok"]
    assert [each.state for each in check_packages(case)] == ["ok"]


def test_what_is_missing_or_old_is_named():
    wanted = ["numpy>=99", "no-such-package-here>=1; extra == 'gateway'"]
    found = {each.check: each for each in compare(wanted, frozenset({"gateway"}))}
    assert "where >=99 is needed" in found["package numpy"].found
    assert found["package no-such-package-here"].found == "no-such-package-here is not installed"
    assert "pip install 'dynint[gateway]'" in found["package no-such-package-here"].do


def test_a_report_counts_and_decides():
    findings = [ok("a", "fine", ms=1), warning("b", "odd", "Look")]
    assert to_json(findings, strict=False)["ok"] is True
    assert to_json(findings, strict=True)["ok"] is False
    result = to_json([*findings, failed("c", "bad", "Mend")], strict=False)
    assert result["ok"] is False
    assert result["summary"] == "1 ok, 1 warnings, 1 failed, 0 skipped"
    assert result["findings"][0]["figures"] == {"ms": 1}
    assert render(findings[1]).splitlines()[1].split() == ["do:", "Look"]
