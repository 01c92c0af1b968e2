"""The figures of DynInt (DLP-KDD 2022), Tables 3 and 4, to put beside one's own."""

from collections.abc import Mapping
from dataclasses import dataclass

AUC_LOG_LOSS = tuple[float, float]


@dataclass(frozen=True)
class PublishedSweep:
    """Figures by data set and by value of the setting.

    Args:
        about: where they are from.
        figures: test AUC and LogLoss by value, in the mean of DynInt-DA, DynInt-DGP and DynInt-DWP.
    """

    about: str
    figures: Mapping[str, Mapping[int, AUC_LOG_LOSS]]


def _by_value(values: tuple[int, ...], *figures: AUC_LOG_LOSS) -> dict[int, AUC_LOG_LOSS]:
    return dict(zip(values, figures, strict=True))


_LAYERS = (0, 1, 2, 3, 4, 5)
_SUBSPACES = (1, 2, 4, 8, 16)

PUBLISHED = {
    "table3": PublishedSweep(
        "DynInt, Table 3: mean of DynInt-DA, DynInt-DGP and DynInt-DWP, one sub-space",
        {
            "Criteo": _by_value(
                _LAYERS,
                *((0.7921, 0.4580), (0.8058, 0.4455), (0.8068, 0.4445)),
                *((0.8075, 0.4440), (0.8085, 0.4432), (0.8081, 0.4436)),
            ),
            "Avazu": _by_value(
                _LAYERS,
                *((0.7547, 0.3985), (0.7664, 0.3882), (0.7675, 0.3870)),
                *((0.7682, 0.3868), (0.7678, 0.3872), (0.7670, 0.3877)),
            ),
            "iPinYou": _by_value(
                _LAYERS,
                *((0.7690, 0.005604), (0.7749, 0.005575), (0.7787, 0.005569)),
                *((0.7797, 0.005565), (0.7785, 0.005578), (0.7774, 0.005582)),
            ),
        },
    ),
    "table4": PublishedSweep(
        "DynInt, Table 4: mean of DynInt-DA, DynInt-DGP and DynInt-DWP, three layers",
        {
            "Criteo": _by_value(
                _SUBSPACES,
                *((0.8079, 0.4439), (0.8085, 0.4433), (0.8092, 0.4421)),
                *((0.8107, 0.4408), (0.8125, 0.4397)),
            ),
            "Avazu": _by_value(
                _SUBSPACES,
                *((0.7670, 0.3875), (0.7677, 0.3872), (0.7684, 0.3867)),
                *((0.7678, 0.3872), (0.7672, 0.3873)),
            ),
            "iPinYou": _by_value(
                _SUBSPACES,
                *((0.7782, 0.005579), (0.7792, 0.005568), (0.7796, 0.005565)),
                *((0.7790, 0.005568), (0.7784, 0.005582)),
            ),
        },
    ),
}
"""By the name that a study's ``beside`` takes."""
