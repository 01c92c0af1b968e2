"""From the bytes of a request to probabilities: the data plane, which knows no framework."""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from model.errors import FeatureError
from service.adaptive_limit import AdaptiveLimit
from service.canary.trial import Trial
from service.deadline import Deadline
from service.errors import OverloadedError, ScoreError, VersionGoneError
from service.parsing.parts import Parts
from service.parsing.query import parse_query
from service.prediction import Prediction
from service.release import Release
from service.releases import Releases
from service.slots import Slots
from service.stage_clock import StageClock
from service.turnstile import Turnstile


class Predictor:
    """Answers queries with the live release, or with the canary.

    Args:
        releases: which release is live.
        max_rows: most rows of one request.
        limit: how many requests may be under way.
        turnstile: where they wait for their turn.
        slots: of what is scored beside the event loop.
    """

    def __init__(
        self,
        releases: Releases,
        max_rows: int,
        limit: AdaptiveLimit,
        turnstile: Turnstile,
        slots: Slots,
    ) -> None:
        self._releases = releases
        self._max_rows = max_rows
        self._limit = limit
        self._turnstile = turnstile
        self._slots = slots

    async def predict(
        self, body: bytes, deadline: Deadline, clock: StageClock, key: str = ""
    ) -> Prediction:
        """Score a request; probabilities keep its order.

        Args:
            body: the request's.
            deadline: when its time is up.
            clock: credited with every stage but ``respond``; started when the request had arrived.
            key: decides whether the canary gets the request, if there is one.

        Raises:
            RequestError: if the request cannot be answered as it is.
            UnavailableError: if it may succeed later.
            DeadlineError: if its time is up.
            ScorerRefusedError: if the scorer refuses what we made of it.
        """
        limit = self._limit
        if limit.is_reached:
            raise OverloadedError(
                "requests: there are as many under way as can be answered in time. Try again"
            )
        limit.in_flight += 1
        try:
            beside = self._slots.needs_one(len(body))
            await self._turnstile.enter(beside)
            begin_s = perf_counter()
            clock.lap("queue")
            waited_s = clock.total_ns / 1e9
            # Behind large requests one waits for their calls, whatever the limit.
            limit.started(waited_s, 2 * self._slots.call_s if beside else 0.0)
            deadline.check("the request")
            if waited_s > deadline.remaining_s():  # those behind it can still be in good time
                raise OverloadedError(
                    "request: must start within half of its time; it could not. Try again"
                )
            try:
                trial = self._releases.trial
                if trial is None:
                    prediction = await self._answer_live(body, deadline, clock)
                    if prediction.release is not None:
                        prediction.release.times.add(perf_counter() - begin_s)
                    return prediction
                return await self._answer_either(trial, body, deadline, clock, key)
            finally:
                self._turnstile.left(perf_counter() - begin_s)
        finally:
            limit.in_flight -= 1

    async def _answer_either(
        self, trial: Trial, body: bytes, deadline: Deadline, clock: StageClock, key: str
    ) -> Prediction:
        """Answer with the canary if it gets the request, else, or if it fails, with the live release.

        The canary has half of the time that is left. Where the live release fails too, and where it
        is the caller's error, nothing is held against the canary.
        """
        begin_s = perf_counter()
        if not trial.takes(key):
            prediction = await self._answer_live(body, deadline, clock)
            trial.live_answered(perf_counter() - begin_s, prediction.probabilities)
            return prediction
        half = Deadline.after_ms(deadline.remaining_s() * 500)
        try:
            prediction = await self._answer(trial.release, body, half, clock)
        except Exception as error:
            reason = trial.note(error)
        else:
            trial.answered(perf_counter() - begin_s, prediction.probabilities)
            return prediction
        clock.lap("score")  # in vain
        prediction = await self._answer_live(body, deadline, clock)
        trial.failed(reason)
        return prediction

    async def _answer_live(self, body: bytes, deadline: Deadline, clock: StageClock) -> Prediction:
        """Answer with the live release; with its successor if it goes meanwhile."""
        release = self._releases.take()
        try:
            return await self._answer(release, body, deadline, clock)
        except VersionGoneError:
            successor = self._releases.take()
            if successor is release:
                raise
            return await self._answer(successor, body, deadline, clock)

    async def _answer(
        self, release: Release, body: bytes, deadline: Deadline, clock: StageClock
    ) -> Prediction:
        """Answer with one release and nothing of another."""
        known = self._releases.known
        parts = release.typed.read(body, known, self._max_rows)
        query, ignored = None, 0
        if parts is None:
            query = parse_query(body, self._max_rows)
            columns, ignored = release.reader.read(query, known)
            parts = Parts.whole(columns, query)
        self._slots.learn(len(body), parts.rows)
        clock.lap("parse")

        def check_integers() -> None:
            if query is not None:  # the fast way reads integers of any size as they are
                release.reader.check_integers(query, known)

        try:
            embedded = await release.tiers.embed(parts, clock, check_integers)
        except FeatureError:
            query = query or parse_query(body, self._max_rows)
            raise release.reader.refuse(query, known) from None
        if parts.ranking:
            context, candidates = embedded.blocks
            probabilities = await release.scorer.rank(context, candidates, deadline)
        else:
            probabilities = await release.scorer.score(embedded.x0, deadline)
        _check(probabilities, parts.rows)
        clock.lap("score")
        return Prediction(
            release.model, release.version, probabilities, embedded, ignored, parts, release
        )


def _check(probabilities: NDArray[np.float32], rows: int) -> None:
    """Let nothing out that is no probability.

    Raises:
        ScoreError: if one is NaN, infinite or outside of [0, 1], or their number is wrong.
    """
    good = (
        probabilities.shape == (rows,)
        and probabilities.min() >= 0.0
        and probabilities.max() <= 1.0  # NaN fails both
    )
    if not good:
        raise ScoreError(
            "scores: must be finite and in [0, 1], one per row; the model gave others. "
            "If it stays so, go back: dynint rollback"
        )
