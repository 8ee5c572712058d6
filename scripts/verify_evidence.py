#!/usr/bin/env python3
"""Verify evidence of Corpusgate without Corpusgate: one file, Python 3.11 or newer, nothing to install.

    python3 verify_evidence.py log audit-log.jsonl --checkpoint kept.note --key for-the-auditor/
    python3 verify_evidence.py checkpoint kept.note --key for-the-auditor/
    python3 verify_evidence.py inclusion entry.tlog-proof --entry entry.json --key for-the-auditor/
    python3 verify_evidence.py consistency grown.txt --from kept.note --key for-the-auditor/
    python3 verify_evidence.py generation index/generations/3-…/manifest.dsse.json --key for-the-auditor/
    python3 verify_evidence.py envelope receipt.dsse.json --key for-the-auditor/
    python3 verify_evidence.py release dist/provenance.dsse.json --key release.pem
    python3 verify_evidence.py bundle evidence.tar --key for-the-auditor/

`--key` names a PEM file with an Ed25519 public key, or a folder of them; files named `*.revoked.pem` are left out of a
folder. Take the keys from where the people you check cannot change them. Exit code 0: everything holds. 1: something
does not, and each line says what. 2: the files could not be read or the arguments make no sense.

Formats: RFC 6962 (tree), C2SP tlog-checkpoint, signed-note and tlog-proof, DSSE, in-toto Statement v1, RFC 8032.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

FINE, FAILED, UNUSABLE = 0, 1, 2
GENESIS = "0" * 64
COLUMNS = {"seq", "at", "actor", "action", "subject", "details", "prev_hash", "hash"}
STATEMENT = "application/vnd.in-toto+json"
PROVENANCE = "https://slsa.dev/provenance/v1"
INDEX = "application/vnd.corpusgate.evidence+json"
INDEX_NAME, NOTE_NAME, ENTRIES_NAME, PROOFS_NAME = "index.dsse.json", "checkpoint.note", "entries.jsonl", "proofs.jsonl"
LARGEST_MEMBER = 1 << 30
"""Bytes of a file in a bundle that are read."""


class DoesNotHold(Exception):
    """Something does not hold; the text says what."""


class Unusable(Exception):
    """A file cannot be read, or the arguments make no sense."""


# Ed25519, RFC 8032 section 5.1 ------------------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]
"""X, Y, Z and T of extended coordinates: x = X/Z, y = Y/Z, xy = T/Z."""


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, p: Point) -> Point:
    q: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            q = _add(q, p)
        p, scalar = _add(p, p), scalar >> 1
    return q


def _point(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    x2 = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(x2, (_P + 3) // 8, _P)
    if (x * x - x2) % _P:
        x = x * _SQRT_M1 % _P
    if (x * x - x2) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519(key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` is that of `text` by the public key."""
    if len(key) != 32 or len(signature) != 64 or _BASE is None:
        return False
    a, r, s = _point(key), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % _L
    left, right = _multiply(s, _BASE), _add(r, _multiply(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0


# Keys --------------------------------------------------------------------------------------------------------------

_SPKI = bytes.fromhex("302a300506032b6570032100")
"""DER before the 32 bytes of an Ed25519 public key, RFC 8410."""


def read_keys(paths: Sequence[Path]) -> list[bytes]:
    """Public keys from PEM files and folders of them."""
    keys = []
    for path in paths:
        files = sorted(path.glob("*.pem")) if path.is_dir() else [path]
        for file in files:
            if path.is_dir() and file.name.endswith(".revoked.pem"):
                continue
            body = re.fullmatch(
                r"\s*-----BEGIN PUBLIC KEY-----(.*)-----END PUBLIC KEY-----\s*",
                read(file).decode("ascii", "replace"),
                re.DOTALL,
            )
            der = _decoded("".join(body[1].split())) if body else b""
            if not der.startswith(_SPKI) or len(der) != len(_SPKI) + 32:
                raise Unusable(f"{file} holds no Ed25519 public key in PEM.")
            keys.append(der[len(_SPKI) :])
    if not keys:
        raise Unusable("There is no public key to check anything with.")
    return keys


# Merkle tree, RFC 6962 section 2.1 --------------------------------------------------------------------------------


def leaf(line: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + line).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Roots of a growing tree."""

    def __init__(self) -> None:
        self.size, self._perfect = 0, list[bytes]()

    def add(self, hashed: bytes) -> None:
        """Add a leaf."""
        size = self.size
        while size & 1:
            hashed, size = node(self._perfect.pop(), hashed), size >> 1
        self._perfect.append(hashed)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root now."""
        if not self._perfect:
            return hashlib.sha256(b"").digest()
        root = self._perfect[-1]
        for left in reversed(self._perfect[:-1]):
            root = node(left, root)
        return root


def check_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, last = index, size - 1
    for one in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            hashed = node(one, hashed)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hashed = node(hashed, one)
        first, last = first >> 1, last >> 1
    return last == 0 and hashed == root


def check_consistency(older: int, size: int, proof: Sequence[bytes], older_root: bytes, root: bytes) -> bool:
    """RFC 9162, section 2.1.4.2."""
    if not 0 < older <= size:
        return False
    if older == size:
        return not proof and older_root == root
    path = [older_root, *proof] if older & (older - 1) == 0 else list(proof)
    if not path:
        return False
    first, last = older - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node(one, old), node(one, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node(new, one)
        first, last = first >> 1, last >> 1
    return last == 0 and (old, new) == (older_root, root)


# Signed notes and envelopes ---------------------------------------------------------------------------------------


class Checkpoint(NamedTuple):
    """A checkpoint whose signature was checked."""

    origin: str
    size: int
    root: bytes


def open_note(note: str, keys: Sequence[bytes], name: str) -> Checkpoint:
    """C2SP tlog-checkpoint in a signed note."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) != 3 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise DoesNotHold(f"{name} is not a checkpoint.")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise DoesNotHold(f"{name} is not a checkpoint.")
    tried = False
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        signer, _, encoded = rest.partition(" ")
        signed = _decoded(encoded)
        for key in keys:
            hint = hashlib.sha256(signer.encode() + b"\n\x01" + key).digest()[:4]
            if dash == "\N{EM DASH}" and signer == lines[0] and signed[:4] == hint:
                tried = True
                if ed25519(key, signed[4:], f"{text}\n".encode()):
                    return Checkpoint(lines[0], int(lines[1]), root)
    if tried:
        raise DoesNotHold(f"{name} has a signature that does not match its text: it was changed.")
    raise DoesNotHold(f"{name} is not signed with a key you gave.")


def check_cosignature(note: str, checkpoint: Checkpoint, witness: str, name: str) -> int:
    """C2SP tlog-cosignature by the witness with that verifier key, over the checkpoint; returns its time."""
    by, _, rest = witness.partition("+")
    typed = _decoded(rest.partition("+")[2])
    if typed[:1] != b"\x04" or len(typed) != 33:
        raise Unusable("That is not a verifier key of a witness: NAME+HASH+KEY.")
    hint, text = hashlib.sha256(by.encode() + b"\n" + typed).digest()[:4], note.partition("\n\n")[0]
    for line in note.partition("\n\n")[2].splitlines():
        dash, _, signature = line.partition(" ")
        signer, _, encoded = signature.partition(" ")
        signed = _decoded(encoded)
        if (dash, signer, signed[:4], len(signed)) == ("\N{EM DASH}", by, hint, 4 + 8 + 64):
            at = int.from_bytes(signed[4:12], "big")
            if ed25519(typed[1:], signed[12:], f"cosignature/v1\ntime {at}\n{text}\n".encode()):
                return at
            raise DoesNotHold(f"{name} has a cosignature of {by} that does not match its text: it was changed.")
    raise DoesNotHold(f"{name} over {checkpoint.size:,} entries is not cosigned by {by}.")


def open_envelope(data: bytes, kind: str, keys: Sequence[bytes], name: str) -> Any:
    """The JSON in a DSSE envelope."""
    envelope = _json(data, name)
    try:
        payload, signatures = (
            _decoded(envelope["payload"]),
            [
                _decoded(one["sig"]) if not re.fullmatch("[0-9a-f]{128}", one["sig"]) else bytes.fromhex(one["sig"])
                for one in envelope["signatures"]
            ],
        )
        found = envelope["payloadType"]
    except (KeyError, TypeError):
        raise DoesNotHold(f"{name} is not a DSSE envelope.") from None
    if found != kind:
        raise DoesNotHold(f"{name} is of type {found} instead of {kind}.")
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    if not any(ed25519(key, signature, signed) for key in keys for signature in signatures):
        raise DoesNotHold(f"{name} is not signed with a key you gave, or was changed since.")
    return _json(payload, name)


# What is verified -------------------------------------------------------------------------------------------------


def check_entry(line: bytes, name: str) -> dict[str, Any]:
    """One line of the export: its form and its own hash."""
    entry = _json(line, name)
    if not isinstance(entry, dict) or set(entry) != COLUMNS or not isinstance(entry["seq"], int):
        raise DoesNotHold(f"{name} is not an entry of an audit log.")
    if canonical(entry) != line:
        raise DoesNotHold(f"{name} is not in the form that is hashed: it was written again by something else.")
    said = entry["hash"]
    if hashlib.sha256(canonical({key: value for key, value in entry.items() if key != "hash"})).hexdigest() != said:
        raise DoesNotHold(f"Entry {entry['seq']} was changed: its hash does not match.")
    return entry


def verify_log(lines: Iterable[bytes], checkpoints: Mapping[str, Checkpoint]) -> tuple[int, Tree]:
    """The chain from its first entry on, and its tree against checkpoints by their names."""
    wanted: dict[int, list[tuple[str, Checkpoint]]] = {}
    for name, checkpoint in checkpoints.items():
        wanted.setdefault(checkpoint.size, []).append((name, checkpoint))
    origins = {checkpoint.origin for checkpoint in checkpoints.values()}
    if len(origins) > 1:
        raise DoesNotHold(f"The checkpoints are of different logs: {', '.join(sorted(origins))}.")
    tree, last = Tree(), GENESIS
    for number, line in enumerate(lines, 1):
        entry = check_entry(line, f"Line {number}")
        if entry["seq"] != number:
            raise DoesNotHold(f"Entry {number} is missing: line {number} is entry {entry['seq']}.")
        if entry["prev_hash"] != last:
            raise DoesNotHold(f"Entry {number} does not follow the entry before it.")
        last = entry["hash"]
        tree.add(leaf(line))
        for name, checkpoint in wanted.pop(number, ()):
            if checkpoint.root != tree.root:
                raise DoesNotHold(f"The log was rewritten: its first {number} entries are not those of {name}.")
    for size in sorted(wanted):
        for name, checkpoint in wanted[size]:
            if size or checkpoint.root != Tree().root:
                raise DoesNotHold(f"The log was cut off: it has {tree.size} entries, {name} was signed over {size}.")
    return tree.size, tree


def verify_generation(
    manifest: bytes, keys: Sequence[bytes], name: str, index: Callable[[str], bytes | None], folder: str, *, whole: bool
) -> dict[str, Any]:
    """A manifest, and the files it vouches for as far as `index` has them; all of them if `whole`."""
    statement = check_statement(open_envelope(manifest, STATEMENT, keys, name), name)
    if not str(statement["predicateType"]).startswith("https://corpusgate.dev/generation/"):
        raise DoesNotHold(f"{name} is not the manifest of a generation.")
    for subject in statement["subject"]:
        digest, path = subject["digest"]["sha256"], subject["name"]
        if path == "generation":
            continue
        place = path if path.startswith("segments/") else f"{folder}/{path}"
        data = index(place)
        if data is None:
            if whole or path.startswith("segments/"):
                raise DoesNotHold(f"{place} is missing.")
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            raise DoesNotHold(f"{place} was changed: its SHA-256 is not the one in {name}.")
        if path.startswith("segments/") and whole:
            for file, seal in _json(data, place)["files"].items():
                inside = f"{place.rsplit('/', 1)[0]}/{file}"
                found = index(inside)
                if found is None:
                    raise DoesNotHold(f"{inside} is missing.")
                if (len(found), hashlib.sha256(found).hexdigest()) != (seal["size"], seal["sha256"]):
                    raise DoesNotHold(f"{inside} was changed: its size or SHA-256 is not the one in {place}.")
    return statement


def check_statement(statement: Any, name: str) -> dict[str, Any]:
    """An in-toto Statement with SHA-256 digests."""
    try:
        if statement["_type"] == "https://in-toto.io/Statement/v1" and statement["subject"]:
            for subject in statement["subject"]:
                _ = subject["name"], bytes.fromhex(subject["digest"]["sha256"])
            _ = statement["predicateType"], statement["predicate"]
            return dict(statement)
    except (KeyError, TypeError, ValueError):
        pass
    raise DoesNotHold(f"{name} is not an in-toto statement.")


@dataclass
class Bundle:
    """A bundle whose index was verified."""

    files: dict[str, bytes]
    index: dict[str, Any]
    keys: Sequence[bytes]

    @classmethod
    def read(cls, path: Path, keys: Sequence[bytes]) -> "Bundle":
        """Read an archive and compare every file in it with its signed index."""
        files: dict[str, bytes] = {}
        try:
            with tarfile.open(path, "r:") as archive:
                for member in archive:
                    if not member.isreg() or member.name in files or member.size > LARGEST_MEMBER:
                        raise DoesNotHold(
                            f"The archive holds something that is not a file, twice or too large: {member.name!r}."
                        )
                    opened = archive.extractfile(member)
                    files[member.name] = opened.read() if opened else b""
        except (OSError, tarfile.TarError) as error:
            raise Unusable(f"{path} cannot be read as an archive ({type(error).__name__}).") from None
        if INDEX_NAME not in files:
            raise DoesNotHold("The archive has no index: it is not a bundle, or its index was removed.")
        index = open_envelope(files.pop(INDEX_NAME), INDEX, keys, "The index")
        listed = index["files"]
        for name in sorted(listed.keys() - files.keys()):
            raise DoesNotHold(f"{name} is missing in the archive.")
        for name in sorted(files.keys() - listed.keys()):
            raise DoesNotHold(f"{name} is in the archive and not in its index.")
        for name, data in files.items():
            if (len(data), hashlib.sha256(data).hexdigest()) != (listed[name]["size"], listed[name]["sha256"]):
                raise DoesNotHold(f"{name} was changed: its size or SHA-256 is not the one in the index.")
        return cls(files, index, keys)

    def verify(self, older: Mapping[str, Checkpoint]) -> list[str]:
        """Everything in it; returns sentences about it."""
        newest = open_note(self._text(NOTE_NAME), self.keys, NOTE_NAME)
        if newest.origin != self.index["origin"]:
            raise DoesNotHold(f"{NOTE_NAME} is of another log than the index says.")
        trusted = dict(self._checkpoints(newest))
        for name, kept in older.items():
            if (
                kept.origin != newest.origin
                or trusted.get(kept.size, kept.root) != kept.root
                or kept.size > newest.size
            ):
                raise DoesNotHold(f"The bundle is not of the log of {name}, or of an older state of it.")
            if kept.size not in trusted:
                raise DoesNotHold(
                    f"The bundle has no proof that its log continues {name}: ask for `audit prove --since`."
                )
        entries = self._entries(newest)
        said = [f"Checkpoint of {newest.origin} over {newest.size:,} entries."]
        said.append(f"It continues {len(trusted) - 1} earlier checkpoints.")
        said.append(f"{len(entries):,} entries of the audit log are in it.")
        for name in sorted(self.files):
            if name.startswith("generations/") and name.endswith("/manifest.dsse.json"):
                said.append(self._generation(name, entries))
            elif name.startswith("receipts/"):
                said.append(self._receipt(name, entries))
            elif name.endswith(".lineage.json"):
                _ = open_envelope(
                    self.files[name], _json(self.files[name], name).get("payloadType", ""), self.keys, name
                )
        return [*said, *(f"Not in it: {one}" for one in self.index["absent"])]

    def _text(self, name: str) -> str:
        if name not in self.files:
            raise DoesNotHold(f"{name} is missing in the archive.")
        return self.files[name].decode("utf-8", "replace")

    def _checkpoints(self, newest: Checkpoint) -> Iterator[tuple[int, bytes]]:
        yield newest.size, newest.root
        for name in sorted(self.files):
            if name.startswith("checkpoints/") and name.endswith(".note"):
                checkpoint = open_note(self._text(name), self.keys, name)
                proof = [_decoded(line) for line in self._text(f"{name.removesuffix('.note')}.proof").split()]
                if checkpoint.origin != newest.origin or not check_consistency(
                    checkpoint.size, newest.size, proof, checkpoint.root, newest.root
                ):
                    raise DoesNotHold(
                        f"The log of {name} is not the beginning of that of {NOTE_NAME}: it was rewritten."
                    )
                yield checkpoint.size, checkpoint.root

    def _entries(self, newest: Checkpoint) -> list[dict[str, Any]]:
        lines, proofs = (self._text(name).splitlines() for name in (ENTRIES_NAME, PROOFS_NAME))
        if len(lines) != len(proofs):
            raise DoesNotHold(f"{ENTRIES_NAME} and {PROOFS_NAME} have different numbers of lines.")
        entries: list[dict[str, Any]] = []
        for line, proof in zip(lines, proofs, strict=True):
            entry = check_entry(line.encode(), "An entry")
            if entries and entry["seq"] <= entries[-1]["seq"]:
                raise DoesNotHold(f"Entry {entry['seq']} is out of order.")
            hashes = [_decoded(one) for one in _json(proof.encode(), PROOFS_NAME)]
            if not check_inclusion(leaf(line.encode()), entry["seq"] - 1, newest.size, hashes, newest.root):
                raise DoesNotHold(f"Entry {entry['seq']} is not in the log of the checkpoint.")
            entries.append(entry)
        first, last = self.index.get("entries") or (None, None)
        if first is not None and [entry["seq"] for entry in entries] != list(range(first, last + 1)):
            raise DoesNotHold(f"Entries {first} to {last} are not all there.")
        return entries

    def _generation(self, name: str, entries: Sequence[Mapping[str, Any]]) -> str:
        folder = name.removesuffix("/manifest.dsse.json")
        statement = verify_generation(
            self.files[name],
            self.keys,
            name,
            lambda place: self.files.get(place) or self.files.get(f"{folder}/{place}"),
            folder,
            whole=False,
        )
        number, digest = statement["predicate"]["number"], _digest_of(statement, "generation")
        published = [
            json.loads(entry["details"])
            for entry in entries
            if entry["action"] in ("generation.published", "generation.rewritten") and entry["subject"] == str(number)
        ]
        if not published or published[-1]["digest"] != digest:
            raise DoesNotHold(f"The audit log does not say that {name} was published.")
        mark = statement["predicate"].get("log")
        marked = [one["hash"] for one in entries if mark and one["seq"] == mark["entries"]]
        if mark and any(one != mark["head"] for one in marked):
            raise DoesNotHold(f"{name} names another entry {mark['entries']} than the audit log has: one is rewritten.")
        attested = sorted(one for one in self.files if one.startswith(f"{folder}/attestations/"))
        for one in attested:
            attestation = check_statement(open_envelope(self.files[one], STATEMENT, self.keys, one), one)
            if _digest_of(attestation, f"generation/{number}") != digest:
                raise DoesNotHold(f"{one} is about another generation.")
            if attestation["predicate"].get("result", "PASSED") == "FAILED":
                raise DoesNotHold(f"{one} says that its tests failed.")
        again = (
            ""
            if hashlib.sha256(self.files[name]).hexdigest() == published[-1]["manifest_digest"]
            else "; its manifest was signed again since"
        )
        return (
            f"Generation {number}: manifest, {len(attested)} attestations and its entry in the audit log hold{again}."
        )

    def _receipt(self, name: str, entries: Sequence[Mapping[str, Any]]) -> str:
        statement = check_statement(open_envelope(self.files[name], STATEMENT, self.keys, name), name)
        erasure = statement["predicate"]["erasure_id"]
        digest = hashlib.sha256(self.files[name]).hexdigest()
        finished = [json.loads(one["details"]) for one in entries if one["action"] == "erasure.finished"]
        if not any((one["erasure_id"], one["receipt_digest"]) == (erasure, digest) for one in finished):
            raise DoesNotHold(f"The audit log does not say that {name} was signed.")
        return f"Receipt of erasure {erasure}: signature and its entry in the audit log hold."


def _digest_of(statement: Mapping[str, Any], name: str) -> str:
    return next((str(one["digest"]["sha256"]) for one in statement["subject"] if one["name"] == name), "")


# Reading ----------------------------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """RFC 8785 for objects with keys in ASCII, strings and whole numbers, which is all an entry has."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DoesNotHold("An entry holds characters that no text can have.") from None


def read(path: Path) -> bytes:
    """A file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError):
        raise DoesNotHold(f"{name} is not JSON, or has a member twice.") from None


def _lines(path: Path) -> Iterator[bytes]:
    data = read(path)
    if data and not data.endswith(b"\n"):
        raise DoesNotHold(f"The last line of {path} has no end: the file was cut.")
    return iter(data.split(b"\n")[:-1])


def _parted(path: Path, first: str) -> tuple[int, list[bytes], str]:
    head, separator, note = read(path).decode("utf-8", "replace").partition("\n\n")
    lines = head.split("\n")
    found = re.fullmatch(rf"{first} (0|[1-9][0-9]{{0,18}})", lines[0])
    if not separator or not found:
        raise DoesNotHold(f"{path} is not a proof of that kind.")
    return int(found[1]), [_decoded(line) for line in lines[1:]], note


# Commands ---------------------------------------------------------------------------------------------------------


def _log(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    checkpoints = _kept(given.checkpoint, keys)
    size, tree = verify_log(_lines(given.file), checkpoints)
    compared = (
        f"{len(checkpoints)} checkpoints hold." if checkpoints else "No checkpoint was given: a cut end cannot be seen."
    )
    return [f"The chain of {size:,} entries is whole. Root {tree.root.hex()}.", compared]


def _checkpoint(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    note = read(given.file).decode("utf-8", "replace")
    checkpoint = open_note(note, keys, str(given.file))
    said = [f"Checkpoint of {checkpoint.origin} over {checkpoint.size:,} entries, root {checkpoint.root.hex()}."]
    for witness in given.witness:
        at = check_cosignature(note, checkpoint, witness, str(given.file))
        said.append(f"Cosigned by {witness.partition('+')[0]}, {at} seconds after 1970-01-01.")
    return said


def _inclusion(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    text = read(given.file).decode("utf-8", "replace")
    if not text.startswith("c2sp.org/tlog-proof@v1\n"):
        raise DoesNotHold(f"{given.file} is not a tlog-proof.")
    lines, _, note = text.partition("\n\n")
    rest = [line for line in lines.split("\n")[1:] if not line.startswith("extra ")]
    found = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", rest[0]) if rest else None
    if not found:
        raise DoesNotHold(f"{given.file} is not a tlog-proof.")
    checkpoint, index = open_note(note, keys, str(given.file)), int(found[1])
    line = next((one for one in _lines(given.entry) if _json(one, "A line").get("seq") == index + 1), None)
    if line is None:
        raise DoesNotHold(f"{given.entry} has no entry {index + 1}.")
    _ = check_entry(line, f"Entry {index + 1}")
    if not check_inclusion(leaf(line), index, checkpoint.size, [_decoded(one) for one in rest[1:]], checkpoint.root):
        raise DoesNotHold(f"Entry {index + 1} is not in the log of the checkpoint.")
    return [f"Entry {index + 1} is in the log of {checkpoint.origin} over {checkpoint.size:,} entries."]


def _consistency(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    older, proof, note = _parted(given.file, "old")
    newer = open_note(note, keys, str(given.file))
    kept = open_note(read(given.older).decode("utf-8", "replace"), keys, str(given.older))
    if (kept.origin, kept.size) != (newer.origin, older):
        raise DoesNotHold(f"The proof is about another checkpoint than {given.older}.")
    if not check_consistency(older, newer.size, proof, kept.root, newer.root):
        raise DoesNotHold(f"The log of {given.older} is not the beginning of the newer one: it was rewritten.")
    return [f"The log over {newer.size:,} entries continues the one over {older:,}."]


def _generation(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    folder = given.file.resolve().parent
    root = folder.parent.parent

    def index(place: str) -> bytes | None:
        path = root / place
        return path.read_bytes() if path.is_file() else None

    statement = verify_generation(
        read(given.file), keys, str(given.file), index, f"generations/{folder.name}", whole=True
    )
    predicate = statement["predicate"]
    return [f"Generation {predicate['number']}: {predicate['documents']:,} documents, every file is as signed."]


def _envelope(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    statement = check_statement(open_envelope(read(given.file), STATEMENT, keys, str(given.file)), str(given.file))
    return [f"Statement of type {statement['predicateType']}, as signed."]


def _release(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    """The provenance of a release, and that each file it names lies next to it as it was built."""
    statement = check_statement(open_envelope(read(given.file), STATEMENT, keys, str(given.file)), str(given.file))
    if statement["predicateType"] != PROVENANCE:
        raise DoesNotHold(f"{given.file} is not the provenance of a release.")
    for subject in statement["subject"]:
        name = subject["name"]
        if Path(name).name != name:
            raise DoesNotHold(f"{given.file} names something that is not a file: {name!r}.")
        try:
            data = (given.file.parent / name).read_bytes()
        except OSError:
            raise DoesNotHold(f"{name} is missing.") from None
        if hashlib.sha256(data).hexdigest() != subject["digest"]["sha256"]:
            raise DoesNotHold(f"{name} is not the file that was built.")
    sources = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    commit = next(one["digest"]["gitCommit"] for one in sources if "gitCommit" in one["digest"])
    return [f"{len(statement['subject'])} files are those that were built from commit {commit}."]


def _bundle(given: argparse.Namespace, keys: Sequence[bytes]) -> list[str]:
    return Bundle.read(given.file, keys).verify(_kept(given.checkpoint, keys))


def _kept(paths: Sequence[Path], keys: Sequence[bytes]) -> dict[str, Checkpoint]:
    return {str(path): open_note(read(path).decode("utf-8", "replace"), keys, str(path)) for path in paths}


COMMANDS = {
    "log": _log,
    "checkpoint": _checkpoint,
    "inclusion": _inclusion,
    "consistency": _consistency,
    "generation": _generation,
    "envelope": _envelope,
    "release": _release,
    "bundle": _bundle,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one thing; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        one = commands.add_parser(name)
        one.add_argument("file", type=Path)
        one.add_argument("--key", type=Path, action="append", required=True, help="PEM file, or folder of them")
        if name in ("log", "bundle"):
            one.add_argument("--checkpoint", type=Path, action="append", default=[], help="checkpoint you kept")
        if name == "checkpoint":
            one.add_argument(
                "--witness", action="append", default=[], help="verifier key of a witness that cosigned it"
            )
        if name == "inclusion":
            one.add_argument("--entry", type=Path, required=True, help="the entry, or an export that has it")
        if name == "consistency":
            one.add_argument("--from", dest="older", type=Path, required=True, help="checkpoint you kept")
    given = parser.parse_args(arguments)
    try:
        for sentence in COMMANDS[given.command](given, read_keys(given.key)):
            print(sentence)
    except DoesNotHold as refused:
        print(f"FAILED: {refused}", file=sys.stderr)
        return FAILED
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        print(f"FAILED: the file has another form than it must have ({type(error).__name__}).", file=sys.stderr)
        return FAILED
    except Unusable as unusable:
        print(f"UNUSABLE: {unusable}", file=sys.stderr)
        return UNUSABLE
    return FINE


if __name__ == "__main__":
    sys.exit(main())
