"""The drill of leaked tokens: those of one person end, then all, in a process that had accepted them."""

from pipeline.domain.errors import NotIdentified
from pipeline.domain.identity.permissions import Classification
from pipeline.drills.rehearse import DrillCopy, require
from pipeline.settings.principals import PrincipalSettings
from pipeline.stores.identity.ended_access import EndedAccess
from pipeline.stores.identity.sessions import Sessions
from pipeline.workspace import Workspace

_LEAKY, _OTHER = "user:drill-leaky", "user:drill-other"


def leak(drill: DrillCopy) -> None:
    """End the access of one person, then of all, while another process goes on serving."""
    with drill.opened() as desk, drill.opened() as serving:
        with drill.step("two people use tokens and sessions") as seen:
            for name in (_LEAKY, _OTHER):
                desk.home.add_principal(PrincipalSettings(name=name, clearance=Classification.INTERNAL))
            leaky, other = _Access(desk, serving, _LEAKY), _Access(desk, serving, _OTHER)
            require(leaky.works() == other.works() == (2, 1), "Fresh tokens and sessions are not accepted.")
            before = _valid(desk)
            seen.says = f"two tokens and a session each are accepted; the copy has {before:,} valid tokens in all"
        with drill.step("end the access of one") as seen:
            ended = desk.tokens.revoke_all(_LEAKY, drill.by.name)
            require(leaky.works() == (0, 0), "A token or session of that person is still accepted.")
            require(other.works() == (2, 1), "Somebody else lost a token or session.")
            seen.says = _said(ended)
        with drill.step("end the access of all") as seen:
            ended = desk.tokens.revoke_all(None, drill.by.name)
            require(other.works() == (0, 0) and _valid(desk) == 0, "A token or session is still accepted.")
            seen.says = _said(ended)
        with drill.step("a new token works") as seen:
            secret, _ = desk.tokens.create(_OTHER, drill.by.name)
            require(serving.tokens.identify(secret).name == _OTHER, "A new token is not accepted.")
            require(desk.checkpoints.verify().ok, "The audit log does not verify.")
            seen.says = "it is accepted at once, and the audit log verifies"


class _Access:
    """Two tokens and a session of one person, as the serving process sees them."""

    def __init__(self, desk: Workspace, serving: Workspace, name: str) -> None:
        self._serving = serving
        self._tokens = [desk.tokens.create(name, "user:drill")[0] for _ in range(2)]
        limits = desk.home.settings.identity
        self._sessions = Sessions(serving.database, limits.session_hours, limits.session_idle_minutes)
        self._session = self._sessions.open(name, "token")

    def works(self) -> tuple[int, int]:
        """How many of the tokens and of the sessions are accepted."""
        return sum(map(self._accepted, self._tokens)), int(self._sessions.find(self._session) is not None)

    def _accepted(self, token: str) -> bool:
        try:
            self._serving.tokens.identify(token)
        except NotIdentified:
            return False
        return True


def _valid(workspace: Workspace) -> int:
    return sum(state.value == "valid" for _, state in workspace.tokens.list_tokens())


def _said(ended: EndedAccess) -> str:
    return f"{ended.tokens:,} tokens and {ended.sessions:,} sessions of {ended.principals:,} principals ended"
