"""The ASGI application."""

import asyncio
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from service.access.allowance import Allowance
from service.access.places import is_here, is_open, takes_head
from service.account import ACCOUNT, Account
from service.components import Components
from service.edge import Edge
from service.errors import EndingError
from service.openapi import document
from service.openapi_rows import RowSchemas
from service.routes.predict import PATHS


class Gateway(FastAPI):
    """FastAPI, with a way around it for POST /predict.

    FastAPI's middleware and dependencies take longer than parsing the body of 100 rows; every other
    path goes through them.

    Args:
        components: the gateway's parts.
        predict: answers POST /predict.
        paths: paths that are counted apart; the others are one.
        **options: FastAPI's.

    Attributes:
        components: as given.
        paths: as given.
    """

    def __init__(
        self, components: Components, predict: ASGIApp, paths: frozenset[str], **options: Any
    ) -> None:
        super().__init__(**options)
        self.components = self.state.components = components
        self.paths = paths
        self._predict = predict
        self._has_admin_port = components.settings.admin_port is not None
        self._described: tuple[str, frozenset[str]] = ("", frozenset())
        self._edge = Edge(self._dispatch, components, paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through start and end."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        await self._edge(scope, receive, send)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowance = self._admit(scope)
        try:
            if scope["method"] == "POST" and scope["path"] in PATHS:
                await self._predict(scope, receive, send)
            else:
                if scope["method"] == "HEAD" and takes_head(scope["path"]):
                    scope = {**scope, "method": "GET"}  # the server leaves the body out
                await super().__call__(scope, receive, send)
        except asyncio.CancelledError:  # the server does this, and only when it ends
            raise EndingError(
                "gateway: must not be about to end; it is, and could not wait. Try again"
            ) from None
        finally:
            prediction = scope[ACCOUNT].prediction
            if allowance is not None and prediction is not None:
                allowance.pay(len(prediction.probabilities))

    def _admit(self, scope: Scope) -> Allowance | None:
        """Look at a request's port and key; returns what its rows are paid from."""
        path = scope["path"]
        if self._has_admin_port:
            at_admin = scope["server"][1] == self.components.admin_port
            if not is_here(path, at_admin):
                raise HTTPException(404)
            if at_admin:
                return None
        if is_open(path):
            return None
        account: Account = scope[ACCOUNT]
        account.caller, allowance = self.components.guard.admit(scope)
        return allowance

    def openapi(self) -> dict[str, Any]:
        """Describe every path, /predict with the fields of the live release."""
        releases, settings = self.components.releases, self.components.settings
        release, known = releases.live, releases.known
        described = ("" if release is None else release.digest, known)
        if self.openapi_schema is None or self._described != described:
            spec = None if release is None else release.spec
            ignore_unknown = settings.unknown_fields == "ignore"
            rows = RowSchemas(spec, known, ignore_unknown, settings.max_rows)
            self.openapi_schema = document(
                self, rows, settings.canary_key_header, self.components.guard.has_keys
            )
            self._described = described
        return self.openapi_schema
