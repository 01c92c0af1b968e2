"""These tests need a Docker engine: ``make test-stack`` runs them, nothing else collects them."""

import os

collect_ignore_glob = [] if "DYNINT_STACK" in os.environ else ["test_*.py"]
