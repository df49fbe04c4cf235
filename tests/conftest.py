"""What all tests share: no network but this machine, a cache of their own, and ../shared where it is there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from seedaudit.sources import bases

SHARED = Path(__file__).parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="also run the tests that ask the real hosts")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live"):
        return
    skip = pytest.mark.skip(reason="asks the real hosts: only with --live")
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with recorded answers, labelled papers and PDFs, which is no part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the folder {SHARED}")
    return SHARED


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder for one test, and no base URL or proxy from the environment."""
    folder = tmp_path / "cache"
    for name in bases.DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEEDAUDIT_CACHE_DIR", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    return folder


@pytest.fixture(autouse=True)
def only_this_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names cannot be resolved and other machines not be reached, as if there were no network."""
    if request.node.get_closest_marker("live"):
        return
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: object) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = str(address[0])  # type: ignore[index]
            if not host.startswith("127.") and host not in {"::1", "localhost"}:
                raise OSError(101, "Network is unreachable")
        connect(self, address)  # type: ignore[arg-type]

    def guarded_resolve(host: object, *args: object, **kwargs: object) -> object:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name != "localhost" and any(letter.isalpha() for letter in name) and ":" not in name:
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
