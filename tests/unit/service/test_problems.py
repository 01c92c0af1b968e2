import orjson
import pytest
from starlette.exceptions import HTTPException

from service import errors
from service.parsing.violation import Violation, pointer, shown_name
from service.problems import KINDS, problem_of


def test_every_error_of_the_tree_has_a_status():
    statuses = {
        errors.MalformedBodyError("x"): 400,
        errors.SlowBodyError("x"): 408,
        errors.BodyTooLargeError("x"): 413,
        errors.ContentTypeError("x"): 415,
        errors.InvalidQueryError([Violation("#", "", "a rule", "a type")]): 422,
        errors.NoKeyError("x"): 401,
        errors.UnknownKeyError("x"): 403,
        errors.RateLimitError("x", "rows", 7): 429,
        errors.NotReadyError("x"): 503,
        errors.OverloadedError("x"): 503,
        errors.TableError("x"): 503,
        errors.ScoreError("x"): 503,
        errors.ScorerUnavailableError("x"): 503,
        errors.VersionGoneError("x"): 503,
        errors.DeadlineError("x"): 504,
        errors.ScorerRefusedError("x"): 500,
        KeyError("x"): 500,
        HTTPException(404): 404,
        HTTPException(405): 405,
    }
    assert {error: problem_of(error).status for error in statuses} == statuses


def test_a_503_says_when_to_try_again():
    assert problem_of(errors.NotReadyError("x")).headers == {"Retry-After": "1"}


def test_a_limit_says_when_it_ends_and_a_missing_key_how_it_is_sent():
    assert problem_of(errors.RateLimitError("x", "rows", 7)).headers == {"Retry-After": "7"}
    assert problem_of(errors.NoKeyError("x")).headers == {
        "WWW-Authenticate": 'Bearer realm="dynint"'
    }


def test_a_bug_tells_nothing_of_its_text():
    body = problem_of(RuntimeError("/etc/passwd")).body("r")
    assert b"passwd" not in body
    assert orjson.loads(body)["request_id"] == "r"


def test_a_problem_of_ten_violations_is_short():
    violation = Violation(pointer("instances", 9999, "f" * 64), "f" * 64, "r" * 60, "t" * 40)
    body = problem_of(errors.InvalidQueryError([violation] * 10, more=True)).body("x" * 128)
    assert len(body) < 4096
    content = orjson.loads(body)
    assert len(content["errors"]) == 10
    assert content["more_errors"] is True
    assert content["errors"][0]["pointer"].startswith("#/instances/9999/")


def test_each_kind_has_a_type_of_its_own():
    slugs = [kind.slug for kind in KINDS.values()]
    assert len(set(slugs)) == len(slugs)


def test_a_pointer_is_escaped_as_rfc_6901_says():
    assert pointer("a/b", "m~n") == "#/a~1b/m~0n"


@pytest.mark.parametrize("name", ["<script>", "x" * 65, "", "a\nb", "ä"])
def test_a_name_that_is_not_plain_is_not_repeated(name: str):
    assert shown_name(name) == f"(a name of {len(name)} characters)"
