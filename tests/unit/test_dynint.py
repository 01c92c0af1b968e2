"""The command's own words: help in each of the ways that people ask for it."""

import subprocess
import sys

import pytest


def run_dynint(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dynint", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments", [("promote", "--help"), ("promote", "-h"), ("help", "promote")]
)
def test_a_verb_describes_itself(arguments: tuple[str, ...]):
    done = run_dynint(*arguments)
    assert done.returncode == 0, done.stderr
    assert "Usage: dynint promote " in done.stdout
    assert "--root" in done.stdout


def test_help_without_a_verb_lists_them_and_help_for_none_is_refused():
    assert "Verbs:" in run_dynint("help").stdout
    done = run_dynint("help", "promot")
    assert done.returncode == 2
    assert "Did you mean 'promote'?" in done.stderr
