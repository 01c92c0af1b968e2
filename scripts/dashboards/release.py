"""What is live, what is on trial, and what it answers."""

from scripts.dashboards.panels import Dashboard, Panel

_V = 'model_version=~"$version"'

_VERSIONS = (
    Panel(
        "Live",
        "Gateways by the version that they serve; two versions for long: some do not follow.",
        "short",
        [("count by (model_version) (dynint_live_version == 1)", "version {{model_version}}")],
        "stat",
        6,
    ),
    Panel(
        "Canary",
        "Gateways by their canary's version and state.",
        "short",
        [
            (
                "count by (model_version, state) (dynint_canary_state == 1)",
                "{{model_version}}: {{state}}",
            )
        ],
        "stat",
        6,
    ),
    Panel(
        "Canary's share",
        "Share of the requests that are routed to it.",
        "percentunit",
        [("max(dynint_canary_share)", "share")],
        "stat",
        6,
    ),
    Panel(
        "Loads that failed",
        "In an hour; a release that cannot be loaded is tried again.",
        "short",
        [
            ('sum(increase(dynint_release_loads_total{outcome="failed"}[1h]))', "release"),
            ('sum(increase(dynint_canary_loads_total{outcome="failed"}[1h]))', "canary"),
        ],
        "stat",
        6,
    ),
    Panel(
        "Rows by version",
        "A promotion is one colour that takes another's place; a canary a thin one beside it.",
        "rowsps",
        [
            (
                f"sum by (model_version) (rate(dynint_rows_total{{{_V}}}[$__rate_interval]))",
                "{{model_version}}",
            )
        ],
        width=12,
        stacked=True,
    ),
    Panel(
        "p99 by version",
        "Both answer at the same time while a canary is on trial.",
        "s",
        [
            (
                "histogram_quantile(0.99, sum by (model_version, le) "
                f"(rate(dynint_predict_seconds_bucket{{{_V}}}[$__rate_interval])))",
                "{{model_version}}",
            )
        ],
        width=12,
    ),
)

_CANARY = (
    Panel(
        "Its requests and failures",
        "What it fails, the live version answers.",
        "reqps",
        [
            (
                "sum by (model_version) (rate(dynint_canary_requests_total[$__rate_interval]))",
                "{{model_version}}",
            ),
            (
                "sum by (model_version, reason) (rate(dynint_canary_failures_total[$__rate_interval]))",
                "{{model_version}}: {{reason}}",
            ),
        ],
    ),
    Panel(
        "How it compares",
        "By default it is stopped at 0.01 (errors), 2 (latency over the live version's) or 0.25 (score shift).",
        "none",
        [
            ("max(dynint_canary_error_ratio)", "errors"),
            ("max(dynint_canary_latency_ratio)", "latency ratio"),
            ("max(dynint_canary_score_shift)", "score shift"),
        ],
    ),
    Panel(
        "Verdicts",
        "Canaries that gateways have stopped since they started.",
        "short",
        [("sum by (reason) (dynint_canary_verdicts_total)", "{{reason}}")],
    ),
)

_SCORES = (
    Panel(
        "Scores",
        "How answered probabilities are distributed.",
        "none",
        [(f"sum by (le) (increase(dynint_score_bucket{{{_V}}}[$__rate_interval]))", "{{le}}")],
        "heatmap",
    ),
    Panel(
        "Mean score",
        "To hold against the click rate.",
        "percentunit",
        [("dynint:score:mean_rate1h", "{{namespace}} {{model_version}}")],
    ),
    Panel(
        "Drift of the scores",
        "Largest difference between the shares of scores up to a bound, last hour against the day before.",
        "none",
        [("dynint:score:ks_rate1h", "distance {{namespace}}")],
        line=0.15,
    ),
)

_GATES = (
    Panel(
        "Gate saturation by layer",
        "Share of a gate's outputs at their bounds; the export's sample has 0.01 (DGP, DWP).",
        "percentunit",
        [
            (
                "dynint:gate_saturation:mean_rate1h",
                "{{namespace}} {{model_version}}, layer {{layer}}",
            )
        ],
        width=12,
    ),
    Panel(
        "Gate saturation by row",
        "How it is distributed over rows, all layers.",
        "percentunit",
        [
            (
                f"sum by (le) (increase(dynint_gate_saturation_bucket{{{_V}}}[$__rate_interval]))",
                "{{le}}",
            )
        ],
        "heatmap",
        12,
    ),
)

RELEASE = Dashboard(
    "dynint-release",
    "DynInt releases",
    "Versions, canaries, scores and gates.",
    [("Versions", _VERSIONS), ("Canary", _CANARY), ("Scores", _SCORES), ("Gates", _GATES)],
    [("version", "Version", "label_values(dynint_predict_seconds_count, model_version)")],
)
