"""The verbs that make, check and choose bundles, joined."""

import typer

from model.commands.export import export
from model.commands.promote import promote
from model.commands.publish import publish
from model.commands.releases import releases
from model.commands.rollback import rollback
from model.commands.verify import verify

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """Commands of ``model``."""


app.command("export")(export)
app.command("publish")(publish)
app.command("promote")(promote)
app.command("releases")(releases)
app.command("rollback")(rollback)
app.command("verify")(verify)
