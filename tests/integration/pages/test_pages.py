"""Every block of commands is run by a test, or there is a reason why not."""

import re

import pytest

from tests.integration.pages.not_run import NOT_RUN, RUN_BY_PAGE, why_not
from tests.integration.pages.page import ROOT, Block, blocks, pages
from tests.integration.pages.runner import alike, check_shown

SHELL = [(page, block) for page in pages() for block in blocks(page) if block.is_shell]


@pytest.mark.parametrize(("page", "block"), SHELL, ids=lambda each: getattr(each, "first", each))
def test_it_is_run_or_there_is_a_reason(page: str, block: Block):
    reason = why_not(page, block.first)
    assert reason or page in RUN_BY_PAGE, (
        f"{page}: run {block.first!r}, or say in not_run.py why not"
    )


@pytest.mark.parametrize(("page", "start"), NOT_RUN)
def test_each_reason_is_of_a_block_that_is_there(page: str, start: str):
    assert any(of == page and block.first.startswith(start) for of, block in SHELL)


def test_the_tests_that_run_pages_are_there():
    for test in RUN_BY_PAGE.values():
        assert "def test_" in (ROOT / test).read_text()


def test_commands_are_told_apart():
    block = Block("bash", "a 1 \\\n  --b\n# no\nc -d '{\n  x}'\n\nd\n")
    assert block.commands == ["a 1 \\\n  --b", "c -d '{\n  x}'", "d"]


def test_lines_are_alike_whatever_their_figures(tmp_path):
    one = f"wrote {tmp_path}/a: AUC 0.71 (-3e-07), digest 7c249fb5b4c4, at 12:31\n"
    assert alike(one, tmp_path) == ["wrote .../a: AUC # (#), digest #, at #"]
    check_shown("...\nb 2\n...\nd 4", "a 1\nb  22\nc 3\nd 44\n", tmp_path)
    for wrong in ("d 4\nb 2", "e 1"):  # another order; not there
        with pytest.raises(AssertionError, match="is not printed"):
            check_shown(wrong, "a 1\nb 2\nd 4\n", tmp_path)


@pytest.mark.parametrize("page", pages())
def test_links_lead_somewhere(page: str):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "README.md").read_text()
    for path in (*ROOT.glob("docs/*.md"), *ROOT.glob("docs/reference/*.md")):
        if path.name != "README.md":
            assert f"({path.relative_to(ROOT / 'docs')})" in index, path.name
