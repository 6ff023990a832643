"""Where this machine gets its Debian and Python packages from.

Its own configuration of apt and pip is asked, so a machine behind a proxy or with a
mirror of its own needs nothing more to have another Debian beside it.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from iact.errors import CtaError
from iact.operate import process

#: Keys of the archive itself; debootstrap and apt know them without being told.
DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

_FORMAT = "$(ORIGIN)|$(LABEL)|$(REPO_URI)|$(SOURCESENTRY)"
_LIST_OF_MIRRORS = "mirror+file:"
# What says how to reach servers; not what to fetch from them.
_REACH = re.compile(
    r"Acquire::(https?::.*|Retries|ForceIPv[46]|Check-(Date|Valid-Until)) ",
)
_SETTING = re.compile(r'\S+ "(?P<value>.*)";')
_PROXY = re.compile(r'Acquire::(?P<scheme>https?)::Proxy "(?P<address>.+)";')
_KEYRING = re.compile(r"signed-by\s*[:=]\s*(/[^\s,\]]+)", re.IGNORECASE)
_VARIABLES = re.compile(
    r"PIP_\w+|(https?|all|no)_proxy|SSL_CERT_FILE|(REQUESTS_CA|CURL_CA)_BUNDLE",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mirror:
    """A mirror of Debian.

    Parameters
    ----------
    archive
        The address that has ``dists/``, without a slash at its end.
    security
        The same for security updates; None where the machine has no such source.
    keyring
        The keys that sign the mirror, where they are not Debian's own.
    """

    archive: str
    security: str | None = None
    keyring: Path | None = None

    def sources(self, release: str) -> str:
        """Return the lines of apt's sources.list for a release of Debian."""
        option = f"[signed-by={self.keyring}] " if self.keyring else ""
        lines = [f"deb {option}{self.archive} {release} main"]
        if self.security:
            lines.append(f"deb {option}{self.security} {release}-security main")
        return "\n".join(lines) + "\n"


def machine_mirror() -> Mirror:
    """Return the mirror that this machine's apt uses.

    Raises
    ------
    CtaError
        It uses none that is one of Debian.
    """
    command = ["apt-get", "indextargets", "--format", _FORMAT, "Created-By: Packages"]
    targets = process.run(command, "Asking apt for its mirror")
    if "Debian|" not in targets:
        # Without the lists, apt does not know yet whose mirror it is.
        process.run(["apt-get", "-q", "update"], "Reading the package lists")
        targets = process.run(command, "Asking apt for its mirror")
    return mirror_of(targets)


def mirror_of(targets: str) -> Mirror:
    """Return the mirror in apt's answer.

    Parameters
    ----------
    targets
        Lines of origin, label, address and place in the configuration, as
        ``apt-get indextargets`` gives them for both forms of configuration.

    Raises
    ------
    CtaError
        There is no mirror of Debian.
    """
    found: dict[str, tuple[str, str]] = {}
    for line in targets.splitlines():
        origin, label, address, entry = line.split("|")
        if origin == "Debian":
            found.setdefault(label, (_address(address), entry))
    if "Debian" not in found:
        raise CtaError(
            "This machine's apt has no mirror of Debian (origin and label 'Debian' in"
            " `apt-get indextargets`), so there is nowhere to take Debian 13 from."
        )
    archive, entry = found["Debian"]
    security = found.get("Debian-Security", (None, ""))[0]
    return Mirror(archive, security, _keyring(Path(entry.rpartition(":")[0]), archive))


def _address(address: str) -> str:
    """Return a server's address, the first one of a list of mirrors."""
    if address.startswith(_LIST_OF_MIRRORS):
        lines = Path(address.removeprefix(_LIST_OF_MIRRORS).rstrip("/")).read_text("utf-8")
        address = lines.split()[0]
    return address.rstrip("/")


def _keyring(source: Path, archive: str) -> Path | None:
    for entry in entries(source.read_text("utf-8"), is_list=source.suffix == ".list"):
        if archive in entry and (found := _KEYRING.search(entry)):
            own = not found.group(1).startswith(DEBIAN_KEYS)
            return Path(found.group(1)) if own else None
    return None


def entries(source: str, is_list: bool) -> list[str]:
    """Return the entries of a file of apt's configuration, without comments.

    Parameters
    ----------
    source
        Its content.
    is_list
        Whether it has a line for each entry (``.list``), not a paragraph (``.sources``).
    """
    lines = [line for line in source.splitlines() if not line.lstrip().startswith("#")]
    return lines if is_list else re.split(r"\n\s*\n", "\n".join(lines))


def apt_settings() -> str:
    """Return the lines of this machine's apt configuration that say how to reach servers."""
    return reach_settings(process.run(["apt-config", "dump"], "Asking apt for its settings"))


def reach_settings(dump: str) -> str:
    """Return those lines of ``apt-config dump``."""
    return "".join(f"{line}\n" for line in dump.splitlines() if _REACH.match(line))


def proxies(settings: str) -> dict[str, str]:
    """Return what tells debootstrap's wget of apt's proxies.

    Parameters
    ----------
    settings
        Lines of apt's configuration.
    """
    found = {}
    for line in settings.splitlines():
        matched = _PROXY.fullmatch(line)
        if matched and matched["address"] != "DIRECT":
            found[f"{matched['scheme']}_proxy"] = matched["address"]
    return found


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say how pip and others reach their servers."""
    return {name: value for name, value in environment.items() if _VARIABLES.fullmatch(name)}


def pip_files(environment: Mapping[str, str], home: Path) -> dict[Path, Path]:
    """Return pip's configuration files, and where root of a new system has them.

    Parameters
    ----------
    environment
        The variables of whoever runs this.
    home
        Whose home folder it is.
    """
    system = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf")]
    named = Path(environment.get("PIP_CONFIG_FILE", ""))
    # It may be /dev/null, for no configuration.
    if named.is_file():
        system.append(named)
    own = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return {path: path for path in system} | {
        home / ".pip" / "pip.conf": Path("/root/.pip/pip.conf"),
        own / "pip" / "pip.conf": Path("/root/.config/pip/pip.conf"),
    }


def values(configurations: Iterable[str]) -> Iterator[str]:
    """Yield every word of the values in pip's configuration files.

    Parameters
    ----------
    configurations
        The files' contents.
    """
    for content in configurations:
        parser = configparser.RawConfigParser()
        parser.read_string(content)
        for section in parser.sections():
            for _, value in parser.items(section):
                yield from value.split()


def local_paths(words: Iterable[str]) -> list[Path]:
    """Return the files and folders of this machine that some settings name.

    Parameters
    ----------
    words
        Values of settings: paths, ``file:`` addresses and others.
    """
    found = set()
    for word in words:
        path = Path(word.removeprefix("file://"))
        if path.is_absolute() and len(path.parts) > 1 and path.exists():
            # The pages of a package index lead to files that lie beside it.
            is_index = word.startswith("file://") and len(path.parts) > 2
            found.add(path.parent if is_index else path)
    return sorted(found)


def words_of(settings: str) -> list[str]:
    """Return the values of lines of apt's configuration."""
    return [found["value"] for found in map(_SETTING.fullmatch, settings.splitlines()) if found]
