"""Is it fast, does it answer, and where do rows come from."""

from scripts.dashboards.panels import Dashboard, Panel

_I = 'instance=~"$instance"'
_VI = f'model_version=~"$version", {_I}'
_PREDICT = f'route=~"(/v1)?/predict", {_I}'


def _quantile(share: float, metric: str, by: str = "le") -> str:
    return f"histogram_quantile({share}, sum by ({by}) (rate({metric}_bucket{{{_VI}}}[$__rate_interval])))"


def _sum(metric: str, labels: str, by: str = "") -> str:
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (rate({metric}{{{labels}}}[$__rate_interval]))"


_FIGURES = (
    Panel(
        "Requests",
        "Requests to /predict that were answered, whatever the answer.",
        "reqps",
        [(_sum("dynint_requests_total", _PREDICT), "requests")],
        "stat",
        4,
    ),
    Panel(
        "Rows",
        "Scored rows.",
        "rowsps",
        [(_sum("dynint_rows_total", _VI), "rows")],
        "stat",
        4,
    ),
    Panel(
        "Errors",
        "Share of the requests that got 5xx in five minutes; the objective is 0.1%.",
        "percentunit",
        [("dynint:predict_errors:ratio_rate5m", "5xx {{namespace}}")],
        "stat",
        4,
        line=0.001,
    ),
    Panel(
        "Slow",
        "Share of the answers that took more than 50 ms; the objective is 1%.",
        "percentunit",
        [("dynint:predict_slow:ratio_rate5m", "above 50 ms {{namespace}}")],
        "stat",
        4,
        line=0.01,
    ),
    Panel(
        "Degraded",
        "Share of the answers for which a tier failed; they are right all the same.",
        "percentunit",
        [("dynint:degraded:ratio_rate5m", "degraded {{namespace}}")],
        "stat",
        4,
        line=0.05,
    ),
    Panel(
        "Gateways",
        "Gateways that are scraped.",
        "short",
        [('sum(up{job="dynint-gateway"})', "up")],
        "stat",
        4,
    ),
)

_LATENCY = (
    Panel(
        "Latency",
        "From the end of the request's body to its answer.",
        "s",
        [
            (_quantile(share, "dynint_predict_seconds"), f"p{share * 100:g}")
            for share in (0.5, 0.95, 0.99)
        ],
        line=0.05,
    ),
    Panel(
        "Stages, mean",
        "Where the time of a request goes; together they are the whole of it.",
        "s",
        [
            (
                f"{_sum('dynint_stage_seconds_sum', _VI, 'stage')} / on () group_left "
                f"{_sum('dynint_predict_seconds_count', _VI)}",
                "{{stage}}",
            )
        ],
        stacked=True,
    ),
    Panel(
        "Stages, p99",
        "The slowest hundredth of each stage.",
        "s",
        [(_quantile(0.99, "dynint_stage_seconds", "stage, le"), "{{stage}}")],
    ),
)

_ANSWERS = (
    Panel(
        "Answers by status",
        "Problems by their status: docs/runbook.md says what each means.",
        "reqps",
        [(_sum("dynint_requests_total", _PREDICT, "status"), "{{status}}")],
        stacked=True,
    ),
    Panel(
        "Keys",
        "Requests without a known key, in 15 minutes; 1 while a gateway's file of keys is one that it refused.",
        "short",
        [
            (f"sum by (reason) (increase(dynint_refused_keys_total{{{_I}}}[15m]))", "{{reason}}"),
            (
                f"dynint_api_keys_file_refused{{{_I}}}",
                "file refused: {{instance}}",
            ),
        ],
    ),
    Panel(
        "Goodput and refusals",
        "Answers within 50 ms; requests that were one too many (503).",
        "reqps",
        [
            (_sum("dynint_predict_seconds_bucket", f'le="0.05", {_VI}'), "within 50 ms"),
            (_sum("dynint_requests_total", f'status="503", {_PREDICT}'), "503"),
            (_sum("dynint_requests_total", f'status="429", {_PREDICT}'), "429"),
        ],
    ),
    Panel(
        "Under way",
        "Requests under way and how many may be: where the limit is met, requests are refused.",
        "short",
        [
            (f"sum(dynint_in_flight_requests{{{_I}}})", "under way"),
            (f"sum(dynint_concurrency_limit{{{_I}}})", "limit"),
        ],
    ),
)


def _ratio(tier: str) -> tuple[str, str]:
    hits = _sum("dynint_tier_hits_total", f'tier="{tier}", {_VI}')
    misses = _sum("dynint_tier_misses_total", f'tier="{tier}", {_VI}')
    return f"{hits} / ({hits} + {misses})", tier


_TIERS = (
    Panel(
        "Hit ratios",
        "Of what each tier was asked for, the share that it had.",
        "percentunit",
        [_ratio("l1"), _ratio("redis"), _ratio("table")],
    ),
    Panel(
        "Values without a row of their own",
        "pruned: rows of zeros; unseen: not in the vocabulary; unavailable: a tier failed.",
        "ops",
        [(_sum("dynint_absences_total", _VI, "kind"), "{{kind}}")],
    ),
    Panel(
        "Degraded answers and Redis' errors",
        "redis_open: Redis is left alone for now.",
        "ops",
        [
            (_sum("dynint_degraded_total", _I, "reason"), "answers: {{reason}}"),
            (
                _sum("dynint_redis_errors_total", _I, "operation, reason"),
                "{{operation}}: {{reason}}",
            ),
            (_sum("dynint_redis_rejected_rows_total", _I, "reason"), "rows refused: {{reason}}"),
        ],
    ),
)

_MACHINE = (
    Panel(
        "CPU",
        "Cores in use by each gateway.",
        "short",
        [
            (
                f'rate(process_cpu_seconds_total{{job="dynint-gateway", {_I}}}[$__rate_interval])',
                "{{instance}}",
            )
        ],
        width=6,
    ),
    Panel(
        "Memory",
        "Resident; pages of the mapped table count, and give way when memory is short.",
        "bytes",
        [(f'process_resident_memory_bytes{{job="dynint-gateway", {_I}}}', "{{instance}}")],
        width=6,
    ),
    Panel(
        "Model servers, p99",
        "TF Serving's own view of its calls.",
        "s",
        [("dynint:model_server_seconds:p99_rate5m", "p99 {{namespace}}")],
        width=6,
    ),
    Panel(
        "Model servers that were gone",
        "Requests that met one: sent to another (sent) or not (no_budget).",
        "reqps",
        [(_sum("dynint_scorer_retries_total", _I, "outcome"), "{{outcome}}")],
        width=6,
    ),
)

SERVICE = Dashboard(
    "dynint-service",
    "DynInt service",
    "Latency by stage, throughput, errors, refusals and embedding tiers of the gateways.",
    [
        ("Now", _FIGURES),
        ("Latency", _LATENCY),
        ("Answers", _ANSWERS),
        ("Embedding tiers", _TIERS),
        ("Processes", _MACHINE),
    ],
    [
        ("version", "Version", "label_values(dynint_predict_seconds_count, model_version)"),
        ("instance", "Gateway", 'label_values(up{job="dynint-gateway"}, instance)'),
    ],
)
