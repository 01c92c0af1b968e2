"""The quick start, from its log to its rollback, and what it shows."""

from pathlib import Path

import pytest

from tests.integration.pages.not_run import why_not
from tests.integration.pages.page import blocks
from tests.integration.pages.runner import Runner, check_shown

PAGE = "docs/quickstart.md"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_each_command_works_and_prints_what_the_page_shows(tmp_path: Path):
    with Runner(tmp_path) as runner:
        printed = ""
        compared = 0
        for block in blocks(PAGE):
            if block.is_shell:
                printed = "" if why_not(PAGE, block.first) else runner.run(block)
            else:
                check_shown(block.text.replace(":8080", f":{runner.port}"), printed, tmp_path)
                compared += 1
    assert compared >= 9
