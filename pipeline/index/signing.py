"""Signed envelopes and notes: DSSE and C2SP signed notes with Ed25519. The only importer of securesystemslib.

Invariants: an envelope is accepted only with a valid signature of a trusted key that is not revoked; unknown,
revoked and wrong signatures are told apart. Private keys are files of mode 0600 and never leave this module.

A key folder holds `signing.key` (the private key in use), `trusted/<key id>.pem` (public keys readers accept) and
`revoked/<key id>.pem`. Rotating is creating a new pair: older public keys stay trusted until revoked.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from pipeline.domain.checkpoints import LogCheckpoint, key_hash, parse_note, signed_note
from pipeline.domain.errors import ConfigError, IntegrityError, RevokedKey, UsageError
from pipeline.files.durable import write_file

SIGNING_KEY = "signing.key"
TRUSTED = "trusted"
REVOKED = "revoked"


class Signer:
    """Signs payloads with one private key."""

    def __init__(self, signer: CryptoSigner) -> None:
        self._signer = signer

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The signer of key folder `folder`; refuses a private key other users can read."""
        path = folder / SIGNING_KEY
        try:
            if path.stat().st_mode & 0o077:
                raise ConfigError(
                    f"The private key {path} can be read by others.",
                    fix=f"Run: chmod 600 {path}",
                )
            return cls(CryptoSigner(load_pem_private_key(path.read_bytes(), password=None)))
        except OSError as error:
            raise ConfigError(
                f"The private key {path} cannot be read: {error.strerror}.",
                fix="Make it readable for the account that runs Corpusgate, or restore it from where you kept it.",
            ) from None
        except (ValueError, TypeError):
            raise ConfigError(
                f"{path} is not an unencrypted PEM private key.",
                fix="Put a private Ed25519 key in PEM form there, without a passphrase.",
            ) from None

    @property
    def key_id(self) -> str:
        """Id of the public key that verifies what this signs."""
        return str(self._signer.public_key.keyid)

    @property
    def public_pem(self) -> bytes:
        """The public key that verifies what this signs, as PEM."""
        return _pem(self._signer.public_key)

    def sign(self, payload: bytes, payload_type: str) -> dict[str, object]:
        """A DSSE envelope around `payload`, as plain JSON values."""
        envelope = Envelope(payload, payload_type, {})
        envelope.sign(self._signer)
        return dict(envelope.to_dict())

    def sign_note(self, checkpoint: LogCheckpoint) -> str:
        """A checkpoint of the audit log as a signed note."""
        key = bytes.fromhex(self._signer.public_key.keyval["public"])
        signature = bytes.fromhex(self._signer.sign(checkpoint.text.encode()).signature)
        return signed_note(checkpoint, key, signature)


class Verifier:
    """Opens envelopes signed by a trusted key."""

    def __init__(self, public_keys: Iterable[bytes], revoked: Collection[str] = ()) -> None:
        keys = [_public_key(pem) for pem in public_keys]
        self._keys: Mapping[str, SSlibKey] = {key.keyid: key for key in keys}
        self._revoked = frozenset(revoked)
        self._folder: Path | None = None
        self._stamp: tuple[tuple[str, int], ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The verifier of key folder `folder`; a key in `revoked/` is refused even where it is also trusted."""
        revoked = {path.stem for path in (folder / REVOKED).glob("*.pem")}
        trusted = [path.read_bytes() for path in sorted((folder / TRUSTED).glob("*.pem"))]
        if not trusted:
            raise ConfigError(f"There is no trusted public key in {folder / TRUSTED}.", fix="Run: corpusgate init")
        stamp = _stamp(folder)
        verifier = cls(trusted, revoked)
        verifier._folder, verifier._stamp = folder, stamp
        return verifier

    @classmethod
    def of_public_keys(cls, folder: Path) -> Self:
        """The verifier of exported public keys, or of a home or its key folder. Raises `ConfigError` if there is none.

        Keys that were exported as revoked are not accepted.
        """
        if not folder.is_dir():
            raise ConfigError(f"There is no folder {folder}.", fix="Give a folder that `keys export` wrote, or a home.")
        if (keys := public_key_folder(folder)) != folder:
            return cls.load(keys.parent)
        accepted = [path for path in sorted(folder.glob("*.pem")) if ".revoked" not in path.suffixes]
        if not accepted:
            raise ConfigError(f"There is no public key in {folder}.", fix="Give a folder that `keys export` wrote.")
        return cls(path.read_bytes() for path in accepted)

    def _reload(self) -> None:
        """A key that was trusted or revoked meanwhile counts at once, in servers that have been running too."""
        if self._folder is not None and _stamp(self._folder) != self._stamp:
            fresh = Verifier.load(self._folder)
            self._keys, self._revoked, self._stamp = fresh._keys, fresh._revoked, fresh._stamp

    @property
    def key_ids(self) -> frozenset[str]:
        """Ids of the keys whose signatures are accepted."""
        return frozenset(self._keys) - self._revoked

    def verify(self, envelope: Mapping[str, object], payload_type: str | None = None) -> bytes:
        """The payload of `envelope`; raises `IntegrityError` unless an accepted key signed it."""
        self._reload()
        opened = _open(envelope)
        signers = set(opened.signatures)
        if payload_type is not None and opened.payload_type != payload_type:
            raise _refused("is of another payload type than expected")
        if not signers:
            raise _refused("is not signed")
        if not signers & set(self._keys) - self._revoked:
            if signers & self._revoked:
                raise _refused(f"is signed with the revoked key {min(signers & self._revoked)[:16]}")
            raise _refused(f"is signed with the unknown key {min(signers)[:16]}")
        try:
            opened.verify([key for key_id, key in self._keys.items() if key_id not in self._revoked], threshold=1)
        except (VerificationError, UnverifiedSignatureError, ValueError):
            raise _refused("has a signature that does not match its content") from None
        return opened.payload

    def open_note(self, note: str) -> LogCheckpoint:
        """The checkpoint of a signed note; raises `IntegrityError` unless an accepted key signed it.

        Signatures of other keys are ignored, as C2SP signed-note says, if there is one of an accepted key.
        """
        self._reload()
        try:
            checkpoint, signatures = parse_note(note)
        except ValueError:
            raise _refused("is no checkpoint") from None
        revoked = False
        for key_id, key in self._keys.items():
            public = bytes.fromhex(key.keyval["public"])
            wanted = checkpoint.origin, key_hash(checkpoint.origin, public)
            for signature in (one.signature for one in signatures if (one.name, one.key_hash) == wanted):
                if key_id in self._revoked:
                    revoked = True
                elif signs(public, signature, checkpoint.text.encode()):
                    return checkpoint
                else:
                    raise _refused("has a signature that does not match its content")
        if revoked:
            raise RevokedKey("A signed statement is signed with a revoked key.", done="It was refused.")
        raise _refused("is signed with an unknown key")


def signs(public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether an Ed25519 key of 32 bytes made the signature of a text."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def public_key_folder(folder: Path) -> Path:
    """The folder of public keys in a home or in its key folder; else the folder itself, as `keys export` wrote it."""
    places = (folder / TRUSTED, folder / "keys" / TRUSTED)
    return next((place for place in places if place.is_dir()), folder)


def create_keypair(folder: Path) -> str:
    """Make a new pair the signing key of `folder` and trust it; returns its key id."""
    signer = CryptoSigner.generate_ed25519()
    key_id = str(signer.public_key.keyid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TRUSTED).mkdir(exist_ok=True)
    # Trusted first: a crash between the two must not leave a signing key that nobody accepts.
    write_file(folder / TRUSTED / f"{key_id}.pem", _pem(signer.public_key))
    write_file(folder / SIGNING_KEY, signer.private_bytes, mode=0o600)
    return key_id


def revoke_key(folder: Path, key_id: str) -> None:
    """Refuse everything signed with `key_id` from now on."""
    trusted = folder / TRUSTED / f"{key_id}.pem"
    if not trusted.is_file():
        raise UsageError(
            f"There is no trusted key {key_id[:16]} in {folder}.", fix="`corpusgate keys list` shows every key."
        )
    (folder / REVOKED).mkdir(exist_ok=True)
    write_file(folder / REVOKED / trusted.name, trusted.read_bytes())


def trust_key(folder: Path, pem: bytes) -> str:
    """Accept what that public key signed from now on; returns its id."""
    key_id = key_id_of(pem)
    write_file(folder / TRUSTED / f"{key_id}.pem", pem)
    return key_id


def key_id_of(pem: bytes) -> str:
    """Id of a public key. Raises `ConfigError` for bytes that are none."""
    return str(_public_key(pem).keyid)


def trusted_keys(folder: Path) -> dict[str, bool]:
    """Every key that was ever trusted, and whether it still is."""
    revoked = {path.stem for path in (folder / REVOKED).glob("*.pem")}
    return {path.stem: path.stem not in revoked for path in sorted((folder / TRUSTED).glob("*.pem"))}


def public_pem(folder: Path, key_id: str) -> bytes:
    """The public key of that id, as PEM."""
    return (folder / TRUSTED / f"{key_id}.pem").read_bytes()


def write_public_keys(folder: Path, keys: Mapping[str, str]) -> list[Path]:
    """Write PEM files of these names; returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}.pem" for name in keys]
    for path, pem in zip(files, keys.values(), strict=True):
        write_file(path, pem.encode("ascii"), mode=0o644)
    return files


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """Changes when a key file comes, goes or is replaced."""
    files = (path for name in (TRUSTED, REVOKED) for path in (folder / name).glob("*.pem"))
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in files))


def _pem(key: SSlibKey) -> bytes:
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _public_key(pem: bytes) -> SSlibKey:
    try:
        return SSlibKey.from_crypto(load_pem_public_key(pem))
    except ValueError:
        raise ConfigError("A trusted key is not a PEM public key.", fix="Restore it or remove it.") from None


def _open(envelope: Mapping[str, object]) -> Envelope:
    try:
        # A deep copy: `from_dict` takes the mapping it is given apart.
        return Envelope.from_dict(json.loads(json.dumps(dict(envelope))))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _refused("is no DSSE envelope") from None


def _refused(difference: str) -> IntegrityError:
    return IntegrityError(f"A signed statement {difference}.", done="It was refused.")
