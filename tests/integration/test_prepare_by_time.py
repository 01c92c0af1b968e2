"""``dynint prepare --split-by time`` on logs that are wrong throughout."""

from pathlib import Path

from tests.integration.test_prepare_formats import TOML, avazu_rows, run_prepare, write_csv


def test_a_log_whose_every_label_or_time_is_wrong_is_told_by_its_line(tmp_path: Path):
    (tmp_path / "mine.toml").write_text('separator = ","\n' + TOML)
    for column, value, text in (
        ("click", "true", "the label must be 0 or 1; received 'true'"),
        ("hour", "14131300", "column 'hour': must be a time"),
    ):
        rows = [row | {column: value} for row in avazu_rows(50)]
        log = write_csv(tmp_path / f"{column}.csv", rows)
        given = [log, "--format", tmp_path / "mine.toml", "--min-count", 2, "--split-by", "time"]
        refused = run_prepare(*given, "--out", tmp_path / "out")
        assert refused.returncode == 2
        assert f"{column}.csv:2: {text}" in refused.stderr
        # So it is where bad lines may be skipped, and none is left.
        refused = run_prepare(*given, "--max-bad-lines", 1000, "--out", tmp_path / "out")
        assert refused.returncode == 2
        assert "received 0 hours; bad lines: 50, the first " in refused.stderr
        assert f"{column}.csv:2: {text}" in refused.stderr
