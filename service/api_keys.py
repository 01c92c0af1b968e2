"""``python -m service.api_keys new NAME``: make an API key, and the line for the gateway's file."""

from typing import Annotated

import typer

from model.console import emit, exit_codes, say

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _group() -> None:
    """API keys: made here, kept by their callers; the gateway has their hashes."""


@app.command("new")
def new(
    name: Annotated[
        str, typer.Argument(help="Whose key it is: at most 64 letters, digits, '_', '-' and '.'.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Make a key. It is shown this once; what goes into DYNINT_API_KEYS_FILE is its hash."""
    with exit_codes():
        from model.errors import InvalidInputError
        from service.access.api_key import NAME, digest_of, new_key

        if not NAME.fullmatch(name):
            raise InvalidInputError(
                "NAME: must be at most 64 letters, digits, '_', '-' and '.', not beginning with "
                f"'-' or '.'; received {name[:80]!r}"
            )
        key = new_key()
        line = f"{name}:{digest_of(key.encode()).hex()}"
        if not as_json:
            say("the key (give it to its caller: nobody can show it again), and the line for")
            say(
                "DYNINT_API_KEYS_FILE, to which limits may be added: :requests=50,burst=100,rows=20000"
            )
        emit({"name": name, "key": key, "line": line}, as_json, f"{key}\n{line}")


if __name__ == "__main__":
    app()
