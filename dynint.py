"""The command ``dynint``: finds the verb's package and imports only that.

A verb that needs no TensorFlow therefore starts in well under a second.
"""

import difflib
import sys
from importlib import import_module, metadata

from model.parent import end_with_parent

# verb -> (module whose ``app`` holds it, one line of help), in the order of the work.
VERBS = {
    "prepare": ("training.cli", "Turn a raw log into ids, a vocabulary, splits and a data card."),
    "train": ("training.cli", "Train a model on prepared data."),
    "evaluate": ("training.cli", "Measure a trained model: AUC, LogLoss, calibration, plots."),
    "compare": ("training.cli", "Train several models on one data set, side by side."),
    "study": ("training.cli", "Repeat the paper's studies of depth, rank and more on your data."),
    "tune": ("training.cli", "Search for the best settings of a model."),
    "export": ("model.cli", "Fold a trained model and write it as a bundle into a release root."),
    "verify": ("model.cli", "Check a bundle: every byte, the spec, the weights, the scores."),
    "publish": ("model.cli", "Make a candidate the next version of a release root."),
    "promote": ("model.cli", "Make a version the live one."),
    "rollback": ("model.cli", "Go back to the version that was live before, or end a canary."),
    "retrain": ("training.cli", "Bring a better model live from new logs, or say why not."),
    "releases": ("model.cli", "List the versions of a release root; remove old ones."),
    "serve": ("service.cli", "Run the gateway: POST /predict."),
    "warm": ("service.cli", "Fill Redis with a release's hottest rows."),
    "model-server": (
        "service.cli",
        "Run a development model server that speaks TF Serving's gRPC.",
    ),
    "doctor": ("service.cli", "Check what the gateway needs, and say what to do."),
    "demo": ("training.cli", "Go the whole way, from a generated log to scores."),
    "bench": ("benchmarks.cli", "Measure training, folding and serving on this machine."),
}

OURS = frozenset({"model", "service", "training", "benchmarks"})
"""What is missing of these is a mistake of this project."""


def usage() -> str:
    """Write the list of verbs."""
    width = max(map(len, VERBS)) + 2
    verbs = "\n".join(f"  {verb:<{width}}{text}" for verb, (_, text) in VERBS.items())
    return (
        "Usage: dynint VERB [OPTIONS]\n\n"
        "Train, fold and serve DynInt click-through-rate models.\n\n"
        f"Verbs:\n{verbs}\n\n"
        "dynint VERB --help describes a verb; dynint --version shows the version."
    )


def main(argv: list[str] | None = None) -> None:
    """Run one verb; exits with 0 (done), 1 (a check said no) or 2 (bad input or usage)."""
    arguments = sys.argv[1:] if argv is None else argv
    verb = arguments[0] if arguments else "--help"
    if verb == "help" and len(arguments) > 1:
        arguments = [*arguments[1:], "--help"]
        verb = arguments[0]
    if verb in {"--help", "-h", "help"}:
        print(usage())
        return
    if verb == "--version":
        print(f"dynint {metadata.version('dynint')}")
        return
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        print(f"error: no verb {verb!r}.{hint}\n\n{usage()}", file=sys.stderr)
        sys.exit(2)
    end_with_parent()
    try:
        app = import_module(VERBS[verb][0]).app
        app(args=arguments, prog_name="dynint", help_option_names=["-h", "--help"])
    except ModuleNotFoundError as error:  # at once, or where the verb comes to need it
        if error.name and error.name.split(".")[0] in OURS:
            raise
        print(f"error: {not_installed(verb, error)}", file=sys.stderr)
        sys.exit(2)


def not_installed(verb: str, error: ModuleNotFoundError) -> str:
    """Say which package a verb needs, and how to install it."""
    package = (error.name or "").split(".")[0]
    extra = "train"
    if VERBS[verb][0] == "service.cli" and verb != "model-server":
        extra = "embedded" if package in {"tensorflow", "keras"} else "gateway"
    needs = f"the package {error.name!r}" if error.name else f"a package ({error})"
    image = "; of the images the trainer has it" if extra == "train" else ""
    return (
        f"'dynint {verb}' needs {needs}, which is not installed. Install the extra that brings it: "
        f"pip install 'dynint[{extra}]'{image}"
    )


if __name__ == "__main__":
    main()
