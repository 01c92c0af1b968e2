"""How retraining goes, from the file that each run writes."""

from scripts.dashboards.panels import Dashboard, Panel

_M = 'model=~"$model"'

_RUNS = (
    Panel(
        "Last run",
        "1 for the outcome of the last run.",
        "short",
        [(f"dynint_retrain_outcome{{{_M}}}", "{{model}}: {{outcome}}")],
        "stat",
        12,
    ),
    Panel(
        "Since the last run",
        "A run that finds nothing new does not count.",
        "s",
        [(f"time() - dynint_retrain_last_run_timestamp_seconds{{{_M}}}", "{{model}}")],
        "stat",
        12,
        line=36 * 3600,
    ),
    Panel(
        "Steps",
        "How long each step of the last run took.",
        "s",
        [(f"dynint_retrain_step_seconds{{{_M}}}", "{{model}}: {{step}}")],
        "bargauge",
        12,
    ),
    Panel(
        "Gates",
        "1: the last candidate passed; 0: it did not, and report.html says why.",
        "short",
        [(f"dynint_retrain_gate_passed{{{_M}}}", "{{model}}: {{gate}}")],
        "bargauge",
        12,
    ),
)

_QUALITY = (
    Panel(
        "AUC",
        "Candidate and live release on the last run's test rows, which neither had learnt from.",
        "none",
        [(f"dynint_retrain_auc{{{_M}}}", "{{model}}: {{of}}")],
    ),
    Panel(
        "LogLoss",
        "The same rows; less is better.",
        "none",
        [(f"dynint_retrain_log_loss{{{_M}}}", "{{model}}: {{of}}")],
    ),
    Panel(
        "Calibration",
        "Predicted clicks per click; 1 is right.",
        "none",
        [(f"dynint_retrain_calibration_ratio{{{_M}}}", "{{model}}: {{of}}")],
    ),
)

TRAINING = Dashboard(
    "dynint-training",
    "DynInt retraining",
    "Outcome, gates and quality of the nightly runs.",
    [("Runs", _RUNS), ("Quality", _QUALITY)],
    [("model", "Model", "label_values(dynint_retrain_outcome, model)")],
)
