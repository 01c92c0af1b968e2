"""Which blocks of commands no test of the pages runs, and why."""

NETWORK = "installs packages, which needs a network; CI runs it before the tests"
LONG = "takes hours: "
ENGINE = "needs a Docker engine: tests/stack does it (make test-stack)"
ELSEWHERE = "needs files of others: "

NOT_RUN = {
    ("README.md", "make demo   # from"): NETWORK,
    ("README.md", ".venv/bin/dynint compare --config table1"): LONG
    + "tests/integration/test_compare_command.py, test_tune_command.py, test_study_command.py run small ones",
    (
        "README.md",
        "tensorflow_model_server",
    ): "TF Serving is not installed here; test_model_server*.py",
    ("docs/quickstart.md", "make .venv/.train"): NETWORK,
    (
        "docs/canary.md",
        "dynint promote 8 --canary",
    ): "tests/integration/canary does it under traffic",
    (
        "docs/canary.md",
        "dynint rollback --gateway",
    ): "tests/integration/canary/test_read_only_root.py",
    ("docs/compare.md", "dynint compare --config table1"): LONG
    + "tests/integration/test_compare_command.py runs a small one",
    ("docs/compare.md", "dynint compare --config avazu"): LONG + "the same",
    ("docs/compare.md", "dynint tune"): LONG
    + "tests/integration/test_tune_command.py runs a small one",
    ("README.md", "docker compose"): ENGINE,
    ("docs/compose.md", "docker compose"): ENGINE,
    ("docs/compose.md", "mkdir -p keys"): "tests/integration/test_probe_and_load.py",
    ("docs/development.md", "make check"): "they run the tests",
    ("docs/development.md", "docker build"): ENGINE,
    ("docs/development.md", "apt-get install"): ENGINE,
    ("docs/secure.md", "umask 077"): "tests/integration/test_api_keys.py",
    ("docs/secure.md", "make sbom"): "tests/integration/test_supply_chain.py",
    (
        "docs/kubernetes.md",
        "kubectl apply -k deploy/kubernetes/monitoring",
    ): "needs a cluster; tests/unit/deploy/test_kubernetes_monitoring.py builds it",
    ("docs/performance.md", "python -m benchmarks.fuxictr"): "FuxiCTR is not installed here",
    ("docs/releases.md", "tensorflow_model_server"): "TF Serving is not installed here",
    ("docs/results.md", "dynint compare"): LONG + "it is how the page's tables were made",
    ("docs/retraining.md", "dynint retrain"): "tests/integration/test_retrain.py runs whole nights",
    ("docs/retraining.md", "dynint bench days"): LONG + "ten nights",
    ("docs/retraining.md", "dynint prepare logs"): "tests/integration/test_prepare_carry.py",
    (
        "docs/retraining.md",
        "python -m training.datasets.synthetic",
    ): "tests/unit/data/test_synthetic.py",
    ("docs/runbook.md", "dynint doctor"): "tests/integration/doctor; README's is run",
    ("docs/runbook.md", "dynint rollback"): "tests/unit/bundle/test_release.py; README's are run",
    (
        "docs/runbook.md",
        "kubectl -n dynint exec dynint-redis-0",
    ): "needs a cluster; tests/integration/test_redis_cluster_scripts.py runs the Job's script",
    (
        "docs/runbook.md",
        "kubectl -n dynint create job",
    ): "needs a cluster; the Job's command is tested",
    ("docs/studies.md", "dynint study"): LONG
    + "tests/integration/test_study_command.py runs small ones",
}
"""By the page and how the block's first line begins."""

RUN_BY_PAGE = {
    "README.md": "tests/integration/pages/test_readme.py",
    "docs/quickstart.md": "tests/integration/pages/test_quickstart.py",
    "docs/your-data.md": "tests/integration/pages/test_your_data.py",
    "docs/new-model.md": "tests/integration/pages/test_new_model.py",
    "docs/datasets.md": "tests/integration/test_datasets_page.py",
}
"""Pages whose other blocks are all run, and by which test."""


def why_not(page: str, first: str) -> str:
    """Return the reason why a block is not run; empty if it is."""
    for (of_page, start), reason in NOT_RUN.items():
        if of_page == page and first.startswith(start):
            return reason
    return ""
