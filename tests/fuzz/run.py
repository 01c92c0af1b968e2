"""``python -m tests.fuzz.run parser --minutes 10``: a coverage-guided fuzzer on one target.

It needs ``requirements/fuzz.txt``; ``make fuzz`` sets that up. It starts from the seeds in
``tests/fuzz/corpus/<target>`` and from what earlier runs kept in ``--kept``. The first input for which
something does not hold is written as ``crash-...`` into the folder of seeds, where the tests find
it, and ends the run with 1.
"""

import argparse
import sys
import time
from pathlib import Path

import atheris

# What a body is made of is told by the branches that read it: those of Python's own JSON reader too.
with atheris.instrument_imports(include=["service", "model.features", "json", "tests.fuzz"]):
    import json.decoder
    import json.scanner

    from tests.fuzz.targets import TARGETS
    from tests.fuzz.tree_mutator import mutate

FOLDER = Path(__file__).parent
MOST_BYTES = 4096


def branches(data: bytes) -> None:
    """Read with the part of ``json`` that is written in Python, so that it guides the fuzzer."""
    decoder = json.decoder.JSONDecoder()
    decoder.parse_string = json.decoder.py_scanstring
    decoder.parse_object = json.decoder.JSONObject
    decoder.parse_array = json.decoder.JSONArray
    decoder.scan_once = json.scanner.py_make_scanner(decoder)
    try:
        decoder.decode(data.decode())
    except (ValueError, RecursionError):
        return


def main() -> None:
    """Run one target for so many minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--kept", type=Path, default=Path(".cache/fuzz/kept"))
    options = parser.parse_args()
    kept = options.kept / options.target
    kept.mkdir(parents=True, exist_ok=True)
    seeds = FOLDER / "corpus" / options.target
    check = TARGETS[options.target]()
    counts: dict[int, int] = {}
    end_s = time.monotonic() + options.minutes * 60

    def one(data: bytes) -> None:
        nonlocal end_s
        if options.target == "parser":
            branches(data)
        status = check(data)
        counts[status] = counts.get(status, 0) + 1
        if time.monotonic() > end_s:  # the fuzzer ends the process about now, and calls nobody
            end_s += 3600
            print("outcomes:", dict(sorted(counts.items())), file=sys.stderr, flush=True)

    def change(data: bytes, most: int, seed: int) -> bytes:
        changed = mutate(data, seed) if seed % 2 else None
        return atheris.Mutate(data, most) if changed is None else changed[:most]

    arguments = [
        sys.argv[0],
        f"-max_total_time={round(options.minutes * 60)}",
        f"-max_len={MOST_BYTES}",
        f"-artifact_prefix={seeds}/",
        f"-dict={FOLDER / (options.target + '.dict')}",
        "-timeout=20",
        "-print_final_stats=1",
        str(kept),
        str(seeds),
    ]
    tree = {"custom_mutator": change} if options.target == "parser" else {}
    atheris.Setup(arguments, one, **tree)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
