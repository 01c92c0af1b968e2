"""The figures of DynInt (DLP-KDD 2022), Tables 1 and 2, and of BARS, to put beside one's own."""

from dataclasses import dataclass

AUC_LOG_LOSS = tuple[float, float]


@dataclass(frozen=True)
class Published:
    """Figures by the label that ``dynint compare``'s shipped plans give the model."""

    about: str
    figures: dict[str, AUC_LOG_LOSS]


_MODELS = (
    *("LR", "FM", "DNN", "Wide&Deep", "DeepFM", "DeepCrossing", "DCN", "PNN", "xDeepFM"),
    *("AutoInt", "FiBiNET", "DCN V2", "xDeepInt", "DynInt-DA", "DynInt-DGP", "DynInt-DWP"),
)


def _table(about: str, models: tuple[str, ...], *figures: AUC_LOG_LOSS) -> Published:
    return Published(about, dict(zip(models, figures, strict=True)))


PUBLISHED = {
    "criteo": _table(
        "DynInt, Table 1, Criteo",
        _MODELS,
        *((0.7924, 0.4577), (0.8030, 0.4487), (0.8051, 0.4461), (0.8062, 0.4451)),
        *((0.8069, 0.4445), (0.8068, 0.4456), (0.8056, 0.4457), (0.8083, 0.4433)),
        *((0.8077, 0.4439), (0.8053, 0.4462), (0.8082, 0.4439), (0.8086, 0.4433)),
        *((0.8111, 0.4408), (0.8125, 0.4398), (0.8127, 0.4397), (0.8132, 0.4393)),
    ),
    "avazu": _table(
        "DynInt, Table 1, Avazu",
        _MODELS,
        *((0.7533, 0.3952), (0.7652, 0.3889), (0.7627, 0.3895), (0.7637, 0.3889)),
        *((0.7665, 0.3879), (0.7628, 0.3891), (0.7661, 0.3880), (0.7663, 0.3882)),
        *((0.7668, 0.3878), (0.7650, 0.3883), (0.7652, 0.3886), (0.7662, 0.3882)),
        *((0.7672, 0.3876), (0.7677, 0.3871), (0.7686, 0.3867), (0.7671, 0.3878)),
    ),
    "ipinyou": _table(
        "DynInt, Table 1, iPinYou",
        _MODELS,
        *((0.7692, 0.005605), (0.7737, 0.005576), (0.7732, 0.005749), (0.7763, 0.005589)),
        *((0.7749, 0.005609), (0.7706, 0.005657), (0.7758, 0.005682), (0.7783, 0.005584)),
        *((0.7772, 0.005664), (0.7732, 0.005758), (0.7756, 0.005679), (0.7765, 0.005593)),
        *((0.7790, 0.005567), (0.7802, 0.005552), (0.7813, 0.005547), (0.7798, 0.005564)),
    ),
    "frappe": _table(
        "the open benchmark BARS, Frappe_x1, test split (5 runs); AutoInt is its AutoInt+",
        (
            *("LR", "FM", "DNN", "Wide&Deep", "DeepFM", "DCN", "PNN", "xDeepFM", "AutoInt"),
            *("FiBiNET", "DCN V2", "MaskNet"),
        ),
        *((0.9356, 0.3076), (0.9671, 0.2065), (0.9833, 0.1622), (0.9841, 0.1490)),
        *((0.9842, 0.1482), (0.9839, 0.1527), (0.9841, 0.1540), (0.9845, 0.1466)),
        *((0.9848, 0.1490), (0.9832, 0.1941), (0.9845, 0.1491), (0.9837, 0.1696)),
    ),
    "criteo_layers": _table(
        "DynInt, Table 2, Criteo, without a deep part",
        (
            *("DeepFM", "DCN", "PNN", "xDeepFM", "AutoInt", "DCN V2", "xDeepInt"),
            *("DynInt-DA", "DynInt-DGP", "DynInt-DWP"),
        ),
        *((0.8030, 0.4487), (0.7941, 0.4566), (0.8066, 0.4451), (0.8065, 0.4454)),
        *((0.8056, 0.4458), (0.8082, 0.4436), (0.8111, 0.4408)),
        *((0.8125, 0.4398), (0.8127, 0.4397), (0.8132, 0.4393)),
    ),
}
"""Tables of figures, by the name that ``dynint compare --beside`` takes."""
