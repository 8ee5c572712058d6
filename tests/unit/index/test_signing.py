"""Envelopes and keys."""

import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pipeline.domain.errors import ConfigError, IntegrityError, UsageError
from pipeline.index.signing import SIGNING_KEY, Signer, Verifier, create_keypair, revoke_key

TYPE = "application/vnd.in-toto+json"


def signed(keys: Path, payload: bytes = b'{"a":1}') -> dict[str, object]:
    return Signer.load(keys).sign(payload, TYPE)


def test_what_is_signed_opens(tmp_path: Path) -> None:
    key_id = create_keypair(tmp_path)
    assert Signer.load(tmp_path).key_id == key_id
    assert Verifier.load(tmp_path).verify(signed(tmp_path), TYPE) == b'{"a":1}'
    assert Verifier.load(tmp_path).key_ids == {key_id}


def test_any_dsse_reader_can_check_the_envelope(tmp_path: Path) -> None:
    """Checked by hand after the DSSE specification, without the library that signed."""
    key_id = create_keypair(tmp_path)
    envelope = json.loads(json.dumps(signed(tmp_path, b"payload")))
    assert base64.b64decode(envelope["payload"]) == b"payload"
    encoded = b"DSSEv1 %d %s %d %s" % (len(TYPE), TYPE.encode(), 7, b"payload")
    key = load_pem_public_key((tmp_path / "trusted" / f"{key_id}.pem").read_bytes())
    key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), encoded)  # type: ignore[union-attr,call-arg]


def test_the_private_key_is_private(tmp_path: Path) -> None:
    create_keypair(tmp_path)
    assert stat.S_IMODE((tmp_path / SIGNING_KEY).stat().st_mode) == 0o600
    (tmp_path / SIGNING_KEY).chmod(0o644)
    with pytest.raises(ConfigError, match="read by others"):
        Signer.load(tmp_path)


def test_after_rotation_both_keys_are_trusted_until_one_is_revoked(tmp_path: Path) -> None:
    old_key = create_keypair(tmp_path)
    old = signed(tmp_path)
    new_key = create_keypair(tmp_path)
    assert Signer.load(tmp_path).key_id == new_key != old_key
    assert Verifier.load(tmp_path).verify(old) == Verifier.load(tmp_path).verify(signed(tmp_path))
    revoke_key(tmp_path, old_key)
    with pytest.raises(IntegrityError, match=f"revoked key {old_key[:16]}"):
        Verifier.load(tmp_path).verify(old)
    assert Verifier.load(tmp_path).verify(signed(tmp_path)) == b'{"a":1}'
    with pytest.raises(UsageError):
        revoke_key(tmp_path, "0" * 64)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    create_keypair(tmp_path / "ours")
    create_keypair(tmp_path / "theirs")
    with pytest.raises(IntegrityError, match="unknown key"):
        Verifier.load(tmp_path / "ours").verify(signed(tmp_path / "theirs"))


def test_a_foreign_signature_under_our_key_id_is_refused(tmp_path: Path) -> None:
    ours = create_keypair(tmp_path / "ours")
    create_keypair(tmp_path / "theirs")
    envelope = signed(tmp_path / "theirs")
    envelope["signatures"][0]["keyid"] = ours  # type: ignore[index]
    with pytest.raises(IntegrityError, match="does not match its content"):
        Verifier.load(tmp_path / "ours").verify(envelope)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"payload": base64.b64encode(b'{"a":2}').decode()}, "does not match"),
        ({"payloadType": "text/plain"}, "another payload type"),
        ({"signatures": []}, "not signed"),
        ({"signatures": None}, "no DSSE envelope"),
        ({"payload": "not base64 at all!"}, "no DSSE envelope"),
        ({"payload": 7}, "no DSSE envelope"),
    ],
)
def test_a_changed_envelope_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    create_keypair(tmp_path)
    with pytest.raises(IntegrityError, match=said):
        Verifier.load(tmp_path).verify(signed(tmp_path) | change, TYPE)


def test_missing_or_broken_keys_are_configuration_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        Signer.load(tmp_path)
    with pytest.raises(ConfigError):
        Verifier.load(tmp_path)
    key_id = create_keypair(tmp_path)
    (tmp_path / "trusted" / f"{key_id}.pem").write_text("nonsense")
    with pytest.raises(ConfigError):
        Verifier.load(tmp_path)
