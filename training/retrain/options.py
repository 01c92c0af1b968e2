"""Tables of a retraining's configuration, as frozen dataclasses that check themselves."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from model.bundle import model_folder
from model.secret_file import read_secret
from training.datasets import log_format
from training.option_table import Table, require
from training.prepare.split import Split

DATE = "{date}"


def is_address(text: str) -> bool:
    """Tell whether a text is an address that can be asked."""
    try:
        found = urlsplit(text)
        return found.scheme in {"http", "https"} and bool(found.hostname) and (found.port or 1) > 0
    except ValueError:
        return False


@dataclass(frozen=True)
class LogOptions(Table):
    """Where the logs are, and how they are read.

    Args:
        folder: holds one file a day.
        pattern: of a file's name; ``{date}`` stands for a date as 2026-11-26.
        format: a log's format, by name or by a TOML that describes it.
        window_days: days whose levels count, the newest among them.
        split: weights of the new rows, in their order: the last are what models are measured on.
        min_count: rows that a new level needs; decided by the first run.
        max_bad_lines: of the new files together.
    """

    folder: str = "logs"
    pattern: str = "{date}.tsv.gz"
    format: str = "criteo"
    window_days: int = 7
    split: str = "80/10/10"
    min_count: int = 20
    max_bad_lines: int = 100

    def __post_init__(self) -> None:
        """Check the rules."""
        require(bool(self.folder), "folder", "must be a folder", self.folder)
        log_format(self.format)
        require(self.pattern.count(DATE) == 1, "pattern", "must hold {date} once", self.pattern)
        require("/" not in self.pattern, "pattern", "must be a file's name", self.pattern)
        for name in ("window_days", "min_count"):
            value = getattr(self, name)
            require(value >= 1, name, "must be at least 1", value)
        require(
            self.max_bad_lines >= 0, "max_bad_lines", "must not be negative", self.max_bad_lines
        )
        split = Split.parse(self.split)
        require(
            min(split.train, split.valid, split.test) > 0,
            "split",
            "must leave rows to train, to stop early by and to measure on",
            self.split,
        )


@dataclass(frozen=True)
class ReleaseOptions(Table):
    """Where releases go, and who must have them before they are live.

    Args:
        root: the release root.
        name: of the model.
        keep: releases that stay, beside the live one, the previous one and the canary.
        scorer: model servers, ``grpc://host:port[,...]``, that must have loaded a version first.
        redis_url: the cache that is warmed first.
        redis_url_file: a file with this address, in its place, for one with a password.
        gateways: addresses of gateways that must say that the version is live, ``http://...``.
        wait_seconds: how long each of these may take.
    """

    root: str = "releases"
    name: str = "dynint"
    keep: int = 5
    scorer: str = ""
    redis_url: str = field(default="", repr=False)
    redis_url_file: str = ""
    gateways: tuple[str, ...] = ()
    wait_seconds: float = 300.0

    def __post_init__(self) -> None:
        """Check the rules."""
        require(bool(self.root), "root", "must name a folder ('.' is this folder)", self.root)
        model_folder(Path(self.root), self.name)
        require(self.keep >= 1, "keep", "must be at least 1", self.keep)
        require(
            not self.scorer or self.scorer.startswith("grpc://"),
            "scorer",
            "must be grpc://host:port[,host:port]",
            self.scorer,
        )
        require(
            not (self.redis_url and self.redis_url_file),
            "redis_url_file",
            "must not be given beside redis_url",
            self.redis_url_file,
        )
        redis_url, said_by = self.redis_url, "redis_url"
        if self.redis_url_file:
            said_by = "redis_url_file"
            redis_url = read_secret(Path(self.redis_url_file), said_by)
        if redis_url:
            from model.redis_url import parse_redis_url

            parse_redis_url(redis_url, said_by)
        for url in self.gateways:
            require(is_address(url), "gateways", "must be addresses, http://host:port", url)
        require(self.wait_seconds > 0, "wait_seconds", "must be above 0", self.wait_seconds)


@dataclass(frozen=True)
class CheckOptions(Table):
    """What new data may look like, beside those of the live release.

    Args:
        min_rows_ratio, max_rows_ratio: rows per file over those of the live release's.
        max_positive_ratio: positive rate over the live release's, or the other way round.
        max_unseen_share: share of the values that the live release has no row for.
        max_field_unseen_share: the same of the worst field.
        max_stability_index: of any field's levels (PSI); below 0.1 is no change, above 0.25 another
            population.
        stability_bins: levels with a smaller share than one over it are put together.
    """

    min_rows_ratio: float = 0.5
    max_rows_ratio: float = 2.0
    max_positive_ratio: float = 1.5
    max_unseen_share: float = 0.2
    max_field_unseen_share: float = 0.6
    max_stability_index: float = 0.25
    stability_bins: int = 20

    def __post_init__(self) -> None:
        """Check the rules."""
        for name in ("min_rows_ratio", "max_unseen_share", "max_field_unseen_share"):
            value = getattr(self, name)
            require(0 <= value <= 1, name, "must be from 0 to 1", value)
        for name in ("max_rows_ratio", "max_positive_ratio"):
            value = getattr(self, name)
            require(value >= 1, name, "must be at least 1", value)
        require(
            self.max_stability_index > 0,
            "max_stability_index",
            "must be above 0",
            self.max_stability_index,
        )
        require(
            self.stability_bins >= 2, "stability_bins", "must be at least 2", self.stability_bins
        )


@dataclass(frozen=True)
class CanaryOptions(Table):
    """The trial before a release is live.

    Args:
        share: of the requests; 0 for no trial.
        seconds: how long it lasts.
        min_requests: how many it must have answered, by the gateways' own count; without gateways
            nobody counts.
    """

    share: float = 0.0
    seconds: float = 900.0
    min_requests: int = 0

    def __post_init__(self) -> None:
        """Check the rules."""
        require(0 <= self.share < 1, "share", "must be from 0 to below 1", self.share)
        require(self.seconds > 0, "seconds", "must be above 0", self.seconds)
        require(self.min_requests >= 0, "min_requests", "must not be negative", self.min_requests)


@dataclass(frozen=True)
class AlertOptions(Table):
    """Who is told.

    Args:
        textfile: a file for Prometheus' node exporter, ``*.prom``; empty for none.
        webhook: an address that is sent a JSON object after each run; empty for none.
        webhook_file: a file with this address, in its place: who knows it may send there too.
    """

    textfile: str = ""
    webhook: str = field(default="", repr=False)
    webhook_file: str = ""

    def __post_init__(self) -> None:
        """Check the rules."""
        require(
            not self.textfile or self.textfile.endswith(".prom"),
            "textfile",
            "must end with .prom, or the node exporter does not read it",
            self.textfile,
        )
        require(
            not self.webhook or is_address(self.webhook),
            "webhook",
            "must be an address that starts with http:// or https://",
            "another",
        )
        require(
            not (self.webhook and self.webhook_file),
            "webhook_file",
            "must not be given beside webhook",
            self.webhook_file,
        )
