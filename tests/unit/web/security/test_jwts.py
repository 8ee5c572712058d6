"""Law 2: the key decides the algorithm of a token, in each of the two places that look at it."""

from collections.abc import Iterator

import pytest

from pipeline.domain.errors import NotIdentified
from pipeline.settings.application import ProviderSettings
from pipeline.web.security.jwts import Key, access_claims, identity_claims, key_id, readable_keys
from tests.support.issuer import AUDIENCE, CLIENT, Issuer

OTHERS = [("RS256", "RS384"), ("RS256", "RS512"), ("RS256", "PS256"), ("EdDSA", "Ed25519")]
"""Keys of a kind, and another algorithm that such a key can sign with just as well."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.fixture
def settings(issuer: Issuer) -> ProviderSettings:
    return ProviderSettings(issuer=issuer.url, audience=AUDIENCE, client_id=CLIENT, name="Lanternfold")


def published(issuer: Issuer) -> Key:
    """The newest key as a server reads it from a key set that names no algorithms, so that none else pins it."""
    _, key_set = issuer.answer("/keys", {}, {})
    listed = [{name: value for name, value in entry.items() if name != "alg"} for entry in key_set["keys"]]
    return list(readable_keys({"keys": listed}).values())[-1]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_with_the_algorithm_of_its_key_is_read(
    issuer: Issuer, settings: ProviderSettings, algorithm: str
) -> None:
    kid = issuer.rotate(algorithm)
    assert key_id(issuer.token()) == kid
    assert access_claims(issuer.token(), published(issuer), settings)["sub"] == "ada"


@pytest.mark.parametrize(("kind", "other"), OTHERS)
def test_law_02_a_token_with_another_algorithm_is_refused_before_a_key_is_looked_up(
    issuer: Issuer, kind: str, other: str
) -> None:
    issuer.rotate(kind)
    with pytest.raises(NotIdentified):
        key_id(issuer.token({"alg": other}))


@pytest.mark.parametrize(("kind", "other"), OTHERS)
def test_law_02_a_key_verifies_no_signature_of_another_algorithm(
    issuer: Issuer, settings: ProviderSettings, kind: str, other: str
) -> None:
    """The signature itself is right: only the algorithm is not the one of the key."""
    issuer.rotate(kind)
    key = published(issuer)
    with pytest.raises(NotIdentified):
        access_claims(issuer.token({"alg": other}), key, settings)
    with pytest.raises(NotIdentified):
        identity_claims(issuer.token({"alg": other}, aud=CLIENT, nonce="n"), key, settings, "n")
