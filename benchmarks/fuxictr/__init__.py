"""FuxiCTR beside this project: ``python -m benchmarks.fuxictr``.

``training.py`` and ``preparing.py`` are run by another Python, which has FuxiCTR installed, and import
nothing of this project::

    python3.11 -m venv fuxictr-venv
    fuxictr-venv/bin/pip install fuxictr==2.3.10 torch==2.13.0 'polars<2'
"""
