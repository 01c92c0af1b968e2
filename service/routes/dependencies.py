"""How a route gets at the gateway's parts."""

from typing import Annotated

from fastapi import Depends, Request

from service.components import Components


def _components(request: Request) -> Components:
    components: Components = request.app.state.components
    return components


ComponentsDep = Annotated[Components, Depends(_components)]
