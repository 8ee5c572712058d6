"""The caller at the command line: the holder of a token, never a typed name.

Invariant: a token comes from a file or the environment. On a command line every process of the machine could read it.
"""

from pathlib import Path

from pipeline.domain.errors import NotIdentified
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.settings.environment import TOKEN_VARIABLE, given_token
from pipeline.settings.operator import operator_name
from pipeline.workspace import Workspace


def caller(workspace: Workspace, token_file: Path | None) -> Caller:
    """The verified holder of the token that was given. Raises `NotIdentified`."""
    token = given_token(token_file)
    if not token:
        raise NotIdentified(
            "This needs a person: no token was given.",
            done="Nothing was changed.",
            fix=f"Give --token-file or set {TOKEN_VARIABLE}; an operator makes one: corpusgate tokens create PRINCIPAL",
        )
    return workspace.tokens.identify(token)


def viewer(workspace: Workspace, token_file: Path | None) -> Caller:
    """Who looks at what waits: the holder of the token that was given, else the operator of this machine.

    Whoever can open this home's database sees what is in it; as its operator they see no text and decide nothing.
    """
    if given_token(token_file):
        return caller(workspace, token_file)
    operator = Principal(name=f"user:{operator_name().partition(':')[2]}")
    return Caller(principal=operator, grants=(Grant(role=Role.OPERATOR),), means="command-line")
