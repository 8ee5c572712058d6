"""A principal that was removed or disabled, and everything that ended with it."""

from pipeline.domain.frozen import Frozen


class EndedWork(Frozen):
    """Work of a person that ended with their leaving."""

    items: tuple[str, ...]
    """Review items that lost an approval of theirs."""
    generations: tuple[str, ...]
    """Held generations that lost an approval of theirs."""
    claims: int


class Departure(Frozen):
    """Access and work that ended when a principal was removed or disabled."""

    principal: str
    tokens: int
    sessions: int
    work: EndedWork

    @property
    def ended_anything(self) -> bool:
        """Whether it had access or unfinished work."""
        work = self.work
        return bool(self.tokens or self.sessions or work.items or work.generations or work.claims)
