"""A witness of transparency logs for tests: C2SP tlog-witness over real HTTP, with checks of its own."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scripts.verify_evidence import DoesNotHold, check_consistency, open_note
from tests.support.local_servers import answering

NAME = "witness.example/w1"
NOW = 1_800_000_000
"""The time of every cosignature."""


class RealWitness(ThreadingHTTPServer):
    """Cosigns checkpoints of the logs whose keys it was given."""

    daemon_threads = True

    def __init__(self, log_keys: list[bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _WitnessHandler)
        self.log_keys, self.key = log_keys, Ed25519PrivateKey.generate()
        self.latest: dict[str, tuple[int, bytes]] = {}
        self.asked: list[tuple[int, int]] = []
        """Old size and status of every request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/prefix/"

    @property
    def verifier_key(self) -> str:
        typed = b"\x04" + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        hashed = hashlib.sha256(f"{NAME}\n".encode() + typed).digest()[:4]
        return f"{NAME}+{hashed.hex()}+{base64.b64encode(typed).decode()}"

    def add(self, body: str) -> tuple[int, str]:
        """Status and text of the answer to a request."""
        head, _, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        try:
            checkpoint = open_note(note, self.log_keys, "it")
        except DoesNotHold:
            return 403, ""
        size, root = self.latest.get(checkpoint.origin, (0, b""))
        if old > checkpoint.size:
            return 400, ""
        if old != size:
            return 409, f"{size}\n"
        if old == checkpoint.size and root != checkpoint.root:
            return 409, f"{size}\n"
        hashes = [base64.b64decode(one) for one in proof]
        if 0 < old < checkpoint.size and not check_consistency(old, checkpoint.size, hashes, root, checkpoint.root):
            return 422, ""
        self.latest[checkpoint.origin] = checkpoint.size, checkpoint.root
        text = note.partition("\n\n")[0]
        signature = self.key.sign(f"cosignature/v1\ntime {NOW}\n{text}\n".encode())
        key_id = bytes.fromhex(self.verifier_key.split("+")[1])
        signed = base64.b64encode(key_id + NOW.to_bytes(8, "big") + signature).decode()
        return 200, f"\N{EM DASH} {NAME} {signed}\n"


class _WitnessHandler(BaseHTTPRequestHandler):
    server: RealWitness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        status, text = self.server.add(body) if self.path == "/prefix/add-checkpoint" else (404, "")
        self.server.asked.append((int(body.split("\n")[0].removeprefix("old ")), status))
        self.send_response(status)
        if status == 409:
            self.send_header("content-type", "text/x.tlog.size")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def witnessing(log_keys: list[bytes]) -> Iterator[RealWitness]:
    """A witness, up and down again."""
    with answering(RealWitness(log_keys)) as server:
        yield server
