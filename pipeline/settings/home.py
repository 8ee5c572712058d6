"""The folders, files and secrets of a home.

Invariant: relative paths are relative to the home. Nothing here imports Beam, a model or a database driver.
"""

import itertools
import os
import shutil
from collections.abc import Collection
from functools import cached_property
from pathlib import Path

import yaml

from pipeline.domain.controls import ControlMap
from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.errors import ConfigError, UsageError
from pipeline.domain.identity.permissions import Principal, canonical, principal_id
from pipeline.domain.identity.principal_names import KnownPrincipals
from pipeline.domain.policy.policy import Policy
from pipeline.domain.serving.canary_questions import CanaryQuestions
from pipeline.settings.application import ProviderSettings, Settings
from pipeline.settings.environment import secret_in, with_database_password, with_reader_password
from pipeline.settings.files import WatchedFile, load, load_policy
from pipeline.settings.notifications import SecretSettings
from pipeline.settings.permissions import close_to_others
from pipeline.settings.places import HomeFiles
from pipeline.settings.principals import Identities, PrincipalSettings

_COPIED = (
    "corpusgate.yaml",
    "policy.yaml",
    "policy.tests.yaml",
    "models.lock.yaml",
    "principals.yaml",
    "canaries.yaml",
    "detectors",
)


class Home(HomeFiles):
    """A Corpusgate home: configuration, keys, database, index and caches in one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder.expanduser().resolve())
        self._identities = WatchedFile(self.configs / "principals.yaml", Identities)
        self._canaries = WatchedFile(self.configs / "canaries.yaml", CanaryQuestions)

    @property
    def configuration(self) -> list[Path]:
        """The configuration files and folders that Corpusgate reads."""
        return [self.configs / name for name in _COPIED]

    @property
    def own_places(self) -> tuple[str, ...]:
        """Files and folders that Corpusgate keeps for itself, in the home or elsewhere."""
        settings, url = self.settings, self.database_url
        kept = [self.folder, self.path(settings.index.folder), self.path(settings.stream.folder)]
        if url.startswith("sqlite:///"):
            kept.append(Path(url.removeprefix("sqlite:///")))
        return tuple(dict.fromkeys(map(str, kept)))

    @cached_property
    def settings(self) -> Settings:
        """`configs/corpusgate.yaml`."""
        self._require()
        return load(self.configs / "corpusgate.yaml", Settings).for_every_child()

    @cached_property
    def policy(self) -> Policy:
        """`configs/policy.yaml`, every rule compiled."""
        self._require()
        return load_policy(self.policy_file)

    @property
    def policy_file(self) -> Path:
        """The file of the policy."""
        return self.configs / "policy.yaml"

    def read_policy_again(self) -> Policy:
        """The policy as its file is now: a run may have put another one in force. Raises `ConfigError`."""
        found = load_policy(self.policy_file)
        self.__dict__["policy"] = found
        return found

    @property
    def identities(self) -> Identities:
        """`configs/principals.yaml` as it is now: it changes while servers run."""
        self._require()
        return self._identities.current()

    @property
    def known_principals(self) -> KnownPrincipals:
        """Everyone whom a document can allow or deny: of the identity file, and groups that the provider maps to."""
        provider = self.settings.identity.provider
        mapped = {canonical(name if ":" in name else f"group:{name}") for name in _provided_groups(provider)}
        return KnownPrincipals(names=self.identities.names | mapped, open_users=provider is not None)

    @property
    def canaries(self) -> CanaryQuestions:
        """`configs/canaries.yaml`. That it is missing is an error, not an empty list: nothing would be asked."""
        self._require()
        return self._canaries.current()

    @cached_property
    def control_map(self) -> ControlMap:
        """The map of controls of this version of Corpusgate. It describes the program, so a home has no copy of it."""
        return load(self.control_map_file, ControlMap)

    @property
    def control_map_file(self) -> Path:
        """The file of that map, as it ships with Corpusgate."""
        return default_configs() / "controls.yaml"

    @property
    def database_url(self) -> str:
        """The database URL with its path made absolute; a Postgres password comes from the environment."""
        url = self.settings.database.url
        if url.startswith("sqlite:///"):
            return f"sqlite:///{self.path(url.removeprefix('sqlite:///'))}"
        return with_database_password(url)

    @property
    def vectors_url(self) -> str:
        """The URL of the database that pgvector serves from, for loading it; a password comes from the environment."""
        pgvector = self.settings.index.pgvector
        return with_database_password(pgvector.url) if pgvector and pgvector.url else self.database_url

    @property
    def vectors_reader_url(self) -> str:
        """The URL of the same database for searching it, under a role and password of its own."""
        pgvector = self.settings.index.pgvector
        if pgvector is None:
            raise ConfigError(
                "corpusgate.yaml names no database to search in.",
                fix="Set index.pgvector.reader_url: see docs/guides/pgvector.md.",
            )
        return with_reader_password(pgvector.reader_url)

    @cached_property
    def fingerprint_key(self) -> bytes:
        """Key of the HMAC over sensitive values."""
        path = self.fingerprint_key_file
        try:
            return bytes.fromhex(path.read_text("ascii").strip())
        except (OSError, ValueError):
            raise ConfigError(
                f"The fingerprint key {path} is missing or damaged.",
                done="Nothing was scanned.",
                fix="Restore it from your backup; `corpusgate init` makes a new one, which voids old waivers.",
            ) from None

    def secret(self, place: SecretSettings) -> bytes:
        """A secret of the notifications, from its file or environment variable."""
        if place.variable is not None:
            found = secret_in(place.variable)
        else:
            path = self.path(place.file or "")
            try:
                found = path.read_bytes().strip()
            except OSError as error:
                raise ConfigError(
                    f"{path} cannot be read: {error.strerror}.", fix="Put the secret into that file."
                ) from None
        if not found:
            raise ConfigError(
                f"There is no secret in {place.variable or place.file}.", fix="Set it where this process can read it."
            )
        return found

    def add_principal(self, entry: PrincipalSettings) -> Principal:
        """Write a principal to the identity file, replacing one of the same name; returns it with all its groups.

        Comments at the head of the file are kept. Raises `UsageError`, with nothing written, for a name that is none.
        """
        identities = self.identities
        try:
            wanted = principal_id(entry.name)
        except ValueError as error:
            raise UsageError(f"That is no principal: {error}.", fix="Write user:NAME or service:NAME.") from None
        others = [one for one in identities.principals if canonical(principal_id(one.name)) != canonical(wanted)]
        changed = identities.model_copy(update={"principals": (*others, entry.model_copy(update={"name": wanted}))})
        try:
            added = changed.principal(wanted)
            if not entry.tenant.strip() or not entry.tenant.isprintable():
                raise ValueError
        except ValueError:
            raise UsageError(
                "A group or the tenant is not a name: it is empty, or has white space or control characters.",
                done="The principal was not written.",
                fix="Write names such as staff, group:staff or acme.",
            ) from None
        self._write_identities(changed)
        return added

    def remove_principals(self, names: Collection[str]) -> list[str]:
        """Take principals out of the identity file, so that they may do nothing; returns those that were in it."""
        identities, gone = self.identities, {canonical(name) for name in names}
        leaving = [one for one in identities.principals if canonical(principal_id(one.name)) in gone]
        if leaving:
            kept = tuple(one for one in identities.principals if one not in leaving)
            self._write_identities(identities.model_copy(update={"principals": kept}))
        return sorted(principal_id(one.name) for one in leaving)

    def _write_identities(self, changed: Identities) -> None:
        path = self.configs / "principals.yaml"
        head = "".join(itertools.takewhile(lambda line: line.startswith("#"), path.read_text("utf-8").splitlines(True)))
        body = yaml.safe_dump(changed.model_dump(mode="json", exclude_defaults=True), sort_keys=False)
        scratch = path.with_suffix(".new")
        scratch.write_text(head + body, "utf-8")
        scratch.replace(path)

    def _require(self) -> None:
        if not (self.configs / "corpusgate.yaml").is_file():
            raise UsageError(f"{self.folder} is no Corpusgate home.", fix=f"Make one: corpusgate init {self.folder}")

    def create(self) -> list[str]:
        """Make the folders, commented configuration and fingerprint key that are not there yet; say which."""
        made: list[str] = []
        for folder in (self.folder, self.keys):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.configs.mkdir(exist_ok=True)
        for name in _COPIED:
            target = self.configs / name
            origin = default_configs() / name
            if target.exists():
                continue
            if origin.is_dir():
                shutil.copytree(origin, target)
            else:
                shutil.copyfile(origin, target)
            made.append(f"configs/{name}")
        key = self.fingerprint_key_file
        if not key.exists():
            descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(os.urandom(32).hex())
            made.append("keys/fingerprint.key")
        self.close_to_others()
        return made

    def close_to_others(self) -> int:
        """Take every right of other accounts to files of this home away. Returns on how many there was one.

        Raises `ConfigError` if one belongs to another account.
        """
        try:
            return close_to_others(self.folder)
        except OSError as error:
            raise ConfigError(
                f"Other accounts can open {error.filename}, and that cannot be changed: {error.strerror}.",
                fix=f"As its owner or as root: chmod -R go= {self.folder}",
            ) from None


def _provided_groups(provider: ProviderSettings | None) -> list[str]:
    return [name for group in provider.groups.values() for name in group.groups] if provider else []


def default_configs() -> Path:
    """Folder of the configuration that ships with Corpusgate."""
    packaged = Path(__file__).parents[1] / "default_configs"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "configs"


def write_token(file: Path, token: str) -> None:
    """Write a token to a new file that only its owner can read. Raises `ConfigError` when the file exists."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(token + "\n")


def configs_digest(home: Home) -> str:
    """Digest of every configuration file verdicts may depend on; who may ask what is none of these."""
    files = sorted(path for path in home.configs.rglob("*") if path.is_file() and path.name != "principals.yaml")
    return digest_json([[str(path.relative_to(home.configs)), file_digest(path)] for path in files])


def file_digest(path: Path) -> str:
    """SHA-256 of a configuration file."""
    return digest_bytes(path.read_bytes())
