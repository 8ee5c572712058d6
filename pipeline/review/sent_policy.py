"""A policy that a person sent as text."""

from pipeline.domain.documents.words import Words
from pipeline.domain.errors import ConfigError, InvalidFields
from pipeline.domain.policy.policy import Policy
from pipeline.settings.files import policy_of_text


def sent_policy(text: str, words: Words, done: str = "Nothing was simulated.") -> Policy:
    """A policy from YAML, every rule compiled. Raises `InvalidFields`, which repeats no value."""
    try:
        return policy_of_text(text, "its YAML")
    except ConfigError as error:
        problem = words(f"{error.what} {error.fix}".strip())
        raise InvalidFields({"policy": problem}, done=done, fix="Correct the policy.") from None
