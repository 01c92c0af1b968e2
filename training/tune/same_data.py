"""On which data an older journal's trials ran."""

from pathlib import Path

from optuna import Study
from optuna.trial import TrialState

from model.errors import InvalidInputError
from model.json_objects import read_object


def require_same_data(study: Study, digest: str, out: Path, store: Path) -> None:
    """Go on with a journal that does not say on which data it is, if every trial's run says so.

    Args:
        study: of the journal.
        digest: of the data that was given.
        out: folder of the search.
        store: the journal.

    Raises:
        InvalidInputError: naming the first run that is of other data or does not say, or the lack
            of any.
    """
    ended = study.get_trials(deepcopy=False)
    measured = [trial for trial in ended if trial.state is TrialState.COMPLETE]
    strange = "no trial ended well" if ended and not measured else None
    for trial in measured:
        file = out / "runs" / Path(trial.user_attrs["folder"]).name / "run.json"
        strange = strange or _strange(file, digest)
    if strange:
        raise InvalidInputError(
            "out: must be of the same search on the same data; "
            f"{store} does not say on which data it is, and {strange}. Give another folder"
        )


def _strange(file: Path, digest: str) -> str | None:
    try:
        data = read_object(file, {"data": dict})["data"]
    except OSError:
        return f"{file} cannot be read"
    return None if data.get("digest") == digest else f"{file} is of other data"
