"""The state of training goes on under another vocabulary: every network, every optimizer."""

import numpy as np
import pytest

from model.errors import InvalidInputError
from model.zoo import ZOO
from tests.model.training.worlds import AFTER, BEFORE, BOTH, World, config_of
from training.train.carry_state import carry_state

FTRL = {"name": "ftrl", "alpha": 0.1, "lambda1": 0.01, "lambda2": 0.1}
GROUP = {"name": "group_ftrl", "alpha": 0.1, "lambda1": 0.02}
ADAM = {"name": "adam", "alpha": 0.01}
KINDS = {
    "G-FTRL and FTRL": {"embedding_optimizer": GROUP, "dense_optimizer": FTRL},
    "Adam": {"embedding_optimizer": ADAM, "dense_optimizer": ADAM},
    "G-FTRL and Adam": {"embedding_optimizer": GROUP, "dense_optimizer": ADAM},
    "Adam and FTRL": {"embedding_optimizer": ADAM, "dense_optimizer": FTRL},
}
NORMALISED = {"model": {"batch_norm": True, "dropout": 0.3}}


def trained(config, steps=3):
    world = World(config, BEFORE)
    for seed in range(steps):
        world.step([*BEFORE, "in no vocabulary"], seed)
    return world


def warmed(old, config, tokens=AFTER):
    """A world with other levels that goes on from an old one, and its arrays as a cold start's."""
    new = World(config, tokens)
    cold = new.learner.arrays()
    carry_state(new.learner, config, old.learner.arrays(), old.config, old.rows_to(new))
    return new, cold


def assert_equal(left, right):
    assert left.keys() == right.keys()
    for key, value in left.items():
        np.testing.assert_array_equal(value, right[key], err_msg=key)


def assert_same_state(old, new):
    """Dense variables, optimizer, averages and the rows of levels in both are the same bits."""
    rows = old.rows_to(new)
    left, right = old.learner.arrays(), new.learner.arrays()
    for part in ("dense", "optimizer", "average"):
        assert_equal(left[part], right[part])
    assert left["table"]["count"] == right["table"]["count"] > 0
    for name in left["table"].keys() - {"count"}:
        np.testing.assert_array_equal(
            left["table"][name][rows.old], right["table"][name][rows.new], err_msg=name
        )


def check(config):
    """What holds for every network and optimizer."""
    old = trained(config)
    new, cold = warmed(old, config)
    rows = old.rows_to(new)
    assert rows.counts() == {"carried": 4 * 7, "new": 4 * 5, "dropped": 4 * 3}
    assert not np.array_equal(rows.old, rows.new)
    assert_same_state(old, new)
    np.testing.assert_array_equal(old.scores(BOTH), new.scores(BOTH))
    fresh = np.setdiff1d(np.arange(rows.new_rows), rows.new)
    state = new.learner.table.state()["state"]
    np.testing.assert_array_equal(state[fresh], cold["table"]["state"][fresh])
    assert state[fresh].any(axis=1).all()
    assert old.step(BOTH, seed=7) == new.step(BOTH, seed=7)
    assert_same_state(old, new)
    np.testing.assert_array_equal(old.scores(BOTH), new.scores(BOTH))
    assert not np.array_equal(old.learner.table.state()["state"][rows.old], state[rows.new])


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_every_network_goes_on_with_the_same_bits(name):
    check(config_of(name))


@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_goes_on_with_the_same_bits(kind):
    check(config_of("dnn", {**NORMALISED, **KINDS[kind]}))


def test_the_same_vocabulary_gives_the_same_state_and_the_same_steps():
    config = config_of("dynint_dgp", {"training": {"average_decay": 0.0}})
    old = trained(config)
    new, _ = warmed(old, config, BEFORE)
    for left, right in zip(
        old.learner.arrays().values(), new.learner.arrays().values(), strict=True
    ):
        assert_equal(left, right)
    for seed in (7, 8):
        assert old.step(BEFORE, seed) == new.step(BEFORE, seed)
    assert_equal(old.learner.arrays()["table"], new.learner.arrays()["table"])


def test_rows_of_rare_levels_go_on_by_field():
    old = trained(config_of("fm"))
    new, _ = warmed(old, config_of("fm"))
    left, right = (world.learner.table.state()["state"][:4] for world in (old, new))
    assert left.any(axis=1).all()
    np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("kind", KINDS)
def test_other_step_settings_leave_weights_and_scores_where_they_are(kind):
    old = trained(config_of("dnn", KINDS[kind]))
    other = {
        table: {
            **settings,
            "alpha": settings["alpha"] / 5,
            **({"lambda1": 0.05, "beta": 2.0} if settings["name"] != "adam" else {}),
        }
        for table, settings in KINDS[kind].items()
    }
    new, _ = warmed(old, config_of("dnn", other))
    np.testing.assert_array_equal(old.scores(BOTH), new.scores(BOTH))
    # A fifth of the step size takes smaller steps from there: nothing jumps.
    rows = old.rows_to(new)
    width = old.learner.table.width
    before = old.learner.table.state()["state"][rows.old, :width]
    old.step(BOTH, seed=7)
    new.step(BOTH, seed=7)
    moved = [
        np.abs(world.learner.table.state()["state"][ids, :width] - before).max()
        for world, ids in ((old, rows.old), (new, rows.new))
    ]
    assert 0 < moved[1] < moved[0]


@pytest.mark.parametrize(("before", "after"), [(0.9, 0.5), (0.0, 0.5), (0.9, 0.0)])
def test_averages_of_another_decay_begin_at_the_weights(before, after):
    old = trained(config_of("dnn", {**NORMALISED, "training": {"average_decay": before}}))
    new, _ = warmed(old, config_of("dnn", {**NORMALISED, "training": {"average_decay": after}}))
    plain = World(config_of("dnn", {**NORMALISED, "training": {"average_decay": 0.0}}), BEFORE)
    arrays = old.learner.arrays()
    plain.learner.restore({**arrays, "table": dict(arrays["table"])})
    np.testing.assert_allclose(new.scores(BOTH), plain.scores(BOTH), rtol=1e-5, atol=1e-6)
    new.step(BOTH, seed=7)
    assert np.isfinite(new.scores(BOTH)).all()


def test_arrays_of_another_network_are_refused():
    old = trained(config_of("dnn"), steps=1)
    config = config_of("dnn", {"model": {"hidden_units": [6, 4]}})
    new = World(config, AFTER)
    with pytest.raises(InvalidInputError, match="state: dense variables must have the network's"):
        carry_state(new.learner, config, old.learner.arrays(), old.config, old.rows_to(new))


def test_arrays_of_another_table_are_refused():
    config = config_of("dnn")
    old, new = trained(config, steps=1), World(config, AFTER)
    arrays = old.learner.arrays()
    arrays["table"]["state"] = arrays["table"]["state"][:-1]
    with pytest.raises(InvalidInputError, match="state: rows and their slots must have shape"):
        carry_state(new.learner, config, arrays, old.config, old.rows_to(new))
