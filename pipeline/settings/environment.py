"""The environment of the process: where the home is, the caller's token, passwords. The only reader of it.

Invariant: importing it costs nothing, for every command does so first.
"""

import os
from pathlib import Path
from urllib.parse import quote

from pipeline.domain.errors import ConfigError

HOME_VARIABLE = "CORPUSGATE_HOME"
TRACE_VARIABLE = "CORPUSGATE_TRACE"
"""Set it to see where in the code a defect showed; never what it was about."""
TOKEN_VARIABLE = "CORPUSGATE_TOKEN"  # noqa: S105 - the name of the variable
PROVIDER_SECRET_VARIABLE = "CORPUSGATE_OIDC_SECRET"  # noqa: S105 - the name of the variable
DATABASE_PASSWORD_VARIABLE = "CORPUSGATE_DATABASE_PASSWORD"  # noqa: S105 - the name of the variable
READER_PASSWORD_VARIABLE = "CORPUSGATE_READER_PASSWORD"  # noqa: S105 - the name of the variable


def home_folder(given: Path | None) -> Path:
    """The home to use: `--home`, else `$CORPUSGATE_HOME`, else `~/.corpusgate`."""
    return given or Path(os.environ.get(HOME_VARIABLE) or "~/.corpusgate")


def shows_traces() -> bool:
    """Whether unexpected errors are shown with their traceback: `$CORPUSGATE_TRACE`."""
    return bool(os.environ.get(TRACE_VARIABLE))


def given_token(file: Path | None) -> str | None:
    """The caller's token: the first line of `file`, else `$CORPUSGATE_TOKEN`. Never taken from the command line."""
    if file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        with file.open(encoding="ascii") as stream:
            return stream.readline(1024).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no token"
        raise ConfigError(f"{file} cannot be read: {reason}.", fix="Give a file with the token in it.") from None


def provider_secret() -> str | None:
    """The client secret at the identity provider; None for a public client."""
    return os.environ.get(PROVIDER_SECRET_VARIABLE) or None


def secret_in(variable: str) -> bytes:
    """A secret from the variable that the settings name; empty if it is not set."""
    return os.environ.get(variable, "").encode()


def with_database_password(url: str) -> str:
    """A database URL with the password of the environment in place of `${PASSWORD}`; for workers of a Beam job too."""
    return _with_password(url, DATABASE_PASSWORD_VARIABLE)


def with_reader_password(url: str) -> str:
    """The same for the role that only searches, which has a password of its own."""
    return _with_password(url, READER_PASSWORD_VARIABLE)


def _with_password(url: str, variable: str) -> str:
    password = os.environ.get(variable)
    return url.replace("${PASSWORD}", quote(password, safe="")) if password else url
