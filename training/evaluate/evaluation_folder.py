"""Where an evaluation is written unless told otherwise."""

from pathlib import Path

from model.json_objects import read_object


def evaluation_folder(run: Path, data: Path, split: str) -> Path:
    """Return ``RUN/evaluation/SPLIT``, or ``SPLIT-DIGEST`` for data that the run did not train on.

    So an evaluation on tomorrow's log does not replace the one beside which it is to be read. What
    is wrong with ``run`` or ``data`` is left for the evaluation to say.

    Args:
        run: folder of ``dynint train``.
        data: folder of ``dynint prepare``.
        split: ``train``, ``valid`` or ``test``.
    """
    files = run / "run.json", data / "data_card.json"
    if not all(file.is_file() for file in files):
        return run / "evaluation" / split
    trained_on = read_object(files[0], {"data": dict})["data"].get("digest")
    digest = read_object(files[1], {"digest": str})["digest"]
    return run / "evaluation" / (split if digest == trained_on else f"{split}-{digest[:12]}")
