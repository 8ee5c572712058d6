"""Encrypted values, addresses of stored values and test vectors are lowered by their whole form, never by a prefix."""

import base64
import random

import pytest
from generated import generated
from test_forms import action

from pipeline.detectors.secrets.cipher_vectors import cipher_vectors
from pipeline.detectors.secrets.harmless import harmless_spans
from pipeline.domain.documents.documents import Action, ExtractedText
from tests.support.detectors import secret_detector

SOPS = "password: ENC[AES256_GCM,data:{alnum 16},iv:{alnum 43}=,tag:{alnum 22}==,type:str]"
SEALED = "kind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag{alnum 600}"
VECTOR = "COUNT = 0\nKEY = {hex 64}\nIV = {hex 24}\nPLAINTEXT = {hex 32}\nCIPHERTEXT = {hex 32}\n"
DERIVED = "IKM = 0x{hex 44}\nsalt = 0x{hex 26}\nPRK = 0x{hex 64}\nOKM = 0x{hex 84}\n"


def enclosed(seed: int, size: int) -> str:
    return f"db.password=ENC({base64.b64encode(random.Random(seed).randbytes(size)).decode()})"


KEPT = (
    SOPS,
    SEALED,
    VECTOR,
    DERIVED,
    "db_pass: ENC[PKCS7,{alnum 300}]",
    "secretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-{alnum 6}",
    "key=@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/DbPassword/{hex 32})",
)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("form", KEPT)
def test_a_value_that_only_its_owner_can_open_keeps_nothing_out(form: str, seed: int) -> None:
    text = f"The values of this week.\n\n{generated(form, seed)}\n\nThat is all."
    assert action(text) is Action.ADMIT
    assert harmless_spans(text)


@pytest.mark.parametrize("seed", range(8))
def test_a_value_in_the_blocks_of_a_cipher_keeps_nothing_out(seed: int) -> None:
    assert action(enclosed(seed, 32)) is Action.ADMIT
    assert not harmless_spans(enclosed(seed, 33))


@pytest.mark.parametrize(
    "form",
    [
        "password: ENC[AES256_GCM,data:k7Q{alnum 16}!4z]",
        "password: ENC[AES256_GCM,data:k7Q{alnum 9}!4z,iv:1,tag:2,type:str]",
        "kind: SealedSecret\nspec:\n  password: Agk7Q{alnum 20}!4z",
        "password: arn:aws:secretsmanager:eu-west-1:123456789012:secret:k7Q2x9{alnum 20}!4z",
        "key = {hex 64}\nsecret = {hex 64}\n",
        "COUNT = 0\nKEY = {hex 64}\nIV = {hex 24}\n",
    ],
)
def test_law_5_the_beginning_of_such_a_form_hides_nothing(form: str) -> None:
    text = generated(form)
    assert harmless_spans(text) == []
    assert action(text) is not Action.ADMIT


def test_a_vector_needs_a_key_and_a_result_on_lines_that_follow_each_other() -> None:
    assert len(list(cipher_vectors(generated(VECTOR)))) == 1
    assert list(cipher_vectors(generated(VECTOR).replace("\nIV", "\nNobody reads this line.\nIV"))) == []


def test_a_lowered_key_of_a_vector_stays_on_record() -> None:
    document = ExtractedText(text=generated(VECTOR), media_type="text/plain", extractor="test")
    found = secret_detector().scan(document)
    assert found
    assert all(one.lowered is not None for one in found)


WORDS_ONLY = '{"foo":"bar","some":"value"}'
LIVE = '{"sub":"70291","name":"Ann Harper"}'


def token(claims: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    return f"{header}.{body}.{generated('{alnum 43}')}"


def test_a_token_that_claims_what_documentation_claims_is_a_sample() -> None:
    documented = token('{"sub":"1234567890","name":"John Doe","iat":1516239022}')
    assert action(f"Authorization: Bearer {documented}") is Action.ADMIT
    assert action(f"It gives {token(WORDS_ONLY)} back.") is Action.ADMIT
    assert action(f"It gives {token(LIVE)} back.") is not Action.ADMIT


LEADS = '{"bulletin_link_id":104,"uri":"bp2:click","url":"https://www.acme.test/news"}'


@pytest.mark.parametrize("rest", ["", "/s/12/br/34-l", "/h2"])
@pytest.mark.parametrize("link", ["https://lnks.acme.test/l/", "https://click.acme.test/c?t="])
def test_a_token_in_a_link_that_claims_only_where_it_leads_keeps_nothing_out(link: str, rest: str) -> None:
    assert action(f"See {link}{token(LEADS)}{rest} for more.") is Action.ADMIT


@pytest.mark.parametrize("claim", ["sub", "scope", "role", "email", "user_id", "aud", "password"])
def test_a_token_in_a_link_that_claims_a_right_stays_a_finding(claim: str) -> None:
    claims = LEADS.replace('"uri"', f'"{claim}"')
    assert action(f"See https://lnks.acme.test/l/{token(claims)} for more.") is not Action.ADMIT


def test_law_5_a_token_outside_a_link_is_not_one_of_a_mailing() -> None:
    assert action(f"Authorization: Bearer {token(LEADS)}") is not Action.ADMIT
    assert action(f"See https://lnks.acme.test/l/{token(LEADS)}/{generated('{alnum 32}')}") is not Action.ADMIT


VISITS = (
    "sstoken",
    "session_token",
    "sessionToken",
    "viewtoken",
    "click_token",
    "visitor-token",
    "mailtoken",
    "form_token",
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", VISITS)
def test_the_number_of_a_visit_in_a_link_keeps_nothing_out(name: str, seed: int) -> None:
    value = generated("{alnum 24}", seed)
    assert action(f"Read https://shop.acme.test/p?{name}={value}&page=2 today.") is Action.ADMIT
    assert action(f"Read https://shop.acme.test/p?page=2&{name}={value} today.") is Action.ADMIT


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["access_token", "api_token", "token", "reset_token", "sastoken", "usertoken"])
def test_a_token_that_opens_something_stays_a_finding_in_a_link(name: str, seed: int) -> None:
    value = generated("{alnum 24}", seed)
    assert action(f"Read https://shop.acme.test/p?{name}={value}&page=2 today.") is not Action.ADMIT


@pytest.mark.parametrize("name", VISITS)
def test_law_5_such_a_name_outside_a_link_hides_nothing(name: str) -> None:
    assert action(f"{name}={generated('{alnum 32}')}") is not Action.ADMIT
    assert action(f"login?{name}={generated('{alnum 32}')}") is not Action.ADMIT
    link = f"https://shop.acme.test/p?{name}=1 password={generated('{alnum 20}')}!4z"
    assert action(link) is not Action.ADMIT
