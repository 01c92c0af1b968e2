"""The verbs that serve, joined."""

import typer

from service.commands.doctor import doctor
from service.commands.model_server import model_server
from service.commands.serve import serve
from service.commands.warm import warm

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """Commands of ``service``."""


app.command("doctor")(doctor)
app.command("model-server")(model_server)
app.command("serve")(serve)
app.command("warm")(warm)
