"""Why a principal may not read what an access rule covers, in words for an auditor.

Invariant: there is a reason exactly when `pipeline.domain.identity.permissions.permits` says no.
"""

from datetime import datetime

from pipeline.domain.identity.permissions import AccessRule, Principal, canonical

_NAMED = 2


def refusals(rule: AccessRule, principal: Principal, at: datetime) -> tuple[str, ...]:
    """Every reason why `principal` did not satisfy `rule` at `at`; none when it did."""
    reasons = []
    if rule.tenant != principal.tenant:
        reasons.append(f"belongs to tenant {rule.tenant}")
    if principal.clearance.rank < rule.classification.rank:
        reasons.append(f"clearance {principal.clearance.value} is too low for {rule.classification.value}")
    if denied := _named(rule.deny, principal):
        reasons.append(f"denied by {', '.join(denied)}")
    if not _named(rule.allow, principal):
        reasons.append(f"not among {', '.join(rule.allow)}" if rule.allow else "nobody is allowed")
    if rule.until is not None and rule.ended(at):
        reasons.append(f"access ended {rule.until:%Y-%m-%d %H:%M:%S} UTC")
    return tuple(reasons)


def permissions_used(rule: AccessRule, principal: Principal) -> str:
    """By what `principal` satisfies `rule`, where it does: `through group:staff; clearance internal covers public`."""
    through = _named(rule.allow, principal)
    shown = ", ".join(through[:_NAMED]) + (f" and {len(through) - _NAMED} more" if len(through) > _NAMED else "")
    return f"through {shown or 'nobody'}; clearance {principal.clearance.value} covers {rule.classification.value}"


def _named(names: tuple[str, ...], principal: Principal) -> list[str]:
    """Those of a rule's names that mean the principal."""
    labels = principal.labels
    return sorted(name for name in names if canonical(name) in labels)
