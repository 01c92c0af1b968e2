"""The way of a CSV file of one's own, as the page goes it."""

import json
import random
from pathlib import Path

import pytest

from tests.integration.pages.page import blocks
from tests.integration.pages.runner import Runner, check_shown

PAGE = "docs/your-data.md"
ROWS = 12_000


def write_log(path: Path, head: str) -> None:
    """Write a log of the page's form whose clicks depend on site, ad and price."""
    chosen = random.Random(1)
    ads = {f"a{number}": chosen.choice(["shoes", "books", "cars"]) for number in range(40)}
    lines = [head]
    for row in range(ROWS):
        ad, site = chosen.choice(list(ads)), chosen.choice(["news", "mail", "games"])
        price = round(chosen.uniform(0.05, 2), 2)
        odds = 0.15 + 0.2 * (site == "news") * (ads[ad] == "shoes") + 0.1 * (price < 0.5)
        day, hour = 1 + row * 5 // ROWS, row % 24
        device = chosen.choice(["phone", "tablet", ""])
        lines.append(
            f"{int(chosen.random() < odds)},2026-03-{day:02} {hour:02},{site},{device},"
            f"{ad},{ads[ad]},{price},u{chosen.randrange(5000)}"
        )
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_page_leads_from_a_csv_to_scores(tmp_path: Path):
    csv, toml, *rest = blocks(PAGE)
    write_log(tmp_path / "ads.csv", csv.first)
    (tmp_path / "ads.toml").write_text(toml.text)
    assert [block.language for block in (csv, toml)] == ["csv", "toml"]
    with Runner(tmp_path) as runner:
        printed = ""
        for block in rest:
            if block.is_shell:
                printed = runner.run(block)
            else:
                check_shown(block.text, printed, tmp_path)
    answer = json.loads(printed)
    assert len(answer["probabilities"]) == 3
    assert answer["model"] == "ads"
    card = json.loads((tmp_path / "data" / "data_card.json").read_text())
    assert card["rows"] == ROWS
