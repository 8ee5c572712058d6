"""Where the server listens, and what it refuses."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError, UsageError
from pipeline.settings.application import WebSettings
from pipeline.web.app import host_names
from pipeline.web.server import Listening, configuration, serve
from pipeline.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("server") / "home")
    made.create()
    return made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*command, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    Listening(host, 8460).check()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "gate.example", "localhost.example", ""])
def test_law_03_an_address_others_reach_needs_tls_or_a_proxy_somebody_vouched_for(host: str) -> None:
    with pytest.raises(UsageError, match="nothing would be encrypted"):
        Listening(host, 8460).check()
    Listening(host, 8460, behind_proxy=True).check()
    Listening(host, 8460, Path("cert.pem"), Path("key.pem")).check()


def test_a_port_that_is_taken_is_said_plainly(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}: Address already in use"):
            serve(workspace, Listening("127.0.0.1", port))


def test_a_certificate_needs_its_key() -> None:
    for given in ((Path("cert.pem"), None), (None, Path("key.pem"))):
        with pytest.raises(UsageError, match="together"):
            Listening("127.0.0.1", 8460, *given).check()


def test_tls_is_recent_and_a_bad_certificate_is_said_plainly(
    workspace: Workspace, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    config = configuration(workspace, Listening("0.0.0.0", 8460, *certificate))
    assert config.ssl is not None
    assert config.ssl.minimum_version is ssl.TLSVersion.TLSv1_2
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    with pytest.raises(ConfigError, match="cannot be used"):
        configuration(workspace, Listening("0.0.0.0", 8460, rubbish, certificate[1]))


def test_forwarded_headers_are_believed_behind_a_proxy_only(workspace: Workspace) -> None:
    assert not configuration(workspace, Listening("127.0.0.1", 8460)).proxy_headers
    config = configuration(workspace, Listening("0.0.0.0", 8460, behind_proxy=True))
    assert config.proxy_headers
    assert config.forwarded_allow_ips == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("settings", "host", "known"),
    [
        ({}, "127.0.0.1", set()),
        ({}, "0.0.0.0", set()),
        ({}, "192.0.2.1", {"192.0.2.1"}),
        ({}, "2001:db8::1", {"[2001:db8::1]"}),
        ({"public_url": "https://gate.example"}, "0.0.0.0", {"gate.example"}),
        ({"hosts": ("a.example",), "public_url": "https://gate.example:8443"}, "::", {"a.example", "gate.example"}),
    ],
)
def test_requests_may_name_this_server_by_its_own_names_only(
    settings: dict[str, object], host: str, known: set[str]
) -> None:
    assert host_names(WebSettings(**settings), host) == {"localhost", "127.0.0.1", "[::1]"} | known
