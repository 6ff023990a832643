"""The configuration of one archive: ``VAR/etc/cta.yaml`` and ``data-roots.yaml`` beside it.

The operator writes the first file; options of `bin/cta setup` and `bin/cta profile` change single
lines of it. The data roots are in a file of their own because the program writes that one whole
(`iact.archive.rootchanges`): an operator's comments and layout cannot be lost, and a half-written
list cannot take the rest of the configuration with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iact.archive import configfile, dataroots
from iact.archive.dataroots import DataRoot
from iact.errors import ConfigError

DATA_ROOTS = "data-roots.yaml"

#: Says by its name that nobody registered it.
DEMO_AUTHORITY = "cta-demo.unregistered"

#: With which FITS files are sent, if the operator says nothing else: RFC 4047.
FITS_MEDIA_TYPE = "application/fits"

#: Room for files that are made of others on demand, if the operator says nothing.
_CACHE_BYTES = 4_000_000_000

_TEMPLATE = """\
# The configuration of this archive. A change counts after `bin/cta stop` and `bin/cta start`;
# docs/operation.md names what needs another command.
# The folders that it reads are in data-roots.yaml, which `cta ingest FOLDER` writes.

# The IVOA authority in all identifiers. It cannot change once there are data.
authority: {authority}

# Short name, one-line title, and a description of some sentences.
name: {name}
title: {title}
description: {description}

# Who answers questions.
contact:
  name: {contact_name}
  email: {contact_email}

# The vocabulary of ObsCore rows. rec: the terms of ObsCore 1.1. hea: those of the
# high-energy extension, with rows for event bundles and responses.
profile: {profile}

# Simulated collections are always in cta.vo_obscore. published: in ivoa.obscore too, where
# people look for observations. apart: not there.
simulations: {simulations}

rights:
  # Of files that no collection fits: public, secure (anybody who has logged in)
  # or proprietary (nobody, until a collection says more).
  default: {default_rights}

# The server's address as the world sees it, such as https://archive.example.org.
# Empty: the address and port that it listens on.
public_url: {public_url}

files:
  # With which media type FITS files are sent, compressed or not: application/fits, which is
  # registered and known to clients, or application/x-fits-gadf, the high-energy extension's.
  media_type: {media_type}
  # Room for single products that are extracted from files when somebody asks for them.
  cache_gb: 4
"""


@dataclass(frozen=True)
class SiteConfig:
    """What an operator says about the archive.

    Parameters
    ----------
    path
        The configuration file.
    authority
        IVOA authority (IVOA Identifiers 2.0 section 2.3.1), without ``ivo://``.
    profile
        ``rec`` or ``hea``.
    simulations
        ``apart`` or ``published``: whether simulated collections are in ivoa.obscore.
    hea_table_utype
        Utype of ivoa.obscore_hea, by which registries find such tables; empty: the one
        in ``rd/hea.rd``.
    data_roots
        From ``data-roots.yaml`` beside the file.
    default_rights
        ``data_rights`` of files that no collection fits.
    public_url
        Without a slash at its end; empty: made of the server's address and port.
    media_type
        Of FITS files that are sent.
    cache_bytes
        Room for files that are made of others on demand.
    """

    path: Path
    authority: str
    name: str
    title: str
    description: str
    contact_name: str
    contact_email: str
    profile: str = "rec"
    simulations: str = "apart"
    hea_table_utype: str = ""
    data_roots: tuple[DataRoot, ...] = ()
    default_rights: str = "proprietary"
    public_url: str = ""
    media_type: str = FITS_MEDIA_TYPE
    cache_bytes: int = _CACHE_BYTES

    @classmethod
    def load(cls, path: Path | str) -> SiteConfig:
        """Read the configuration and its data roots.

        Data roots need not exist: a disk that is not mounted is no wrong configuration.

        Parameters
        ----------
        path
            The configuration file.

        Returns
        -------
        SiteConfig
            What the files say.

        Raises
        ------
        ConfigError
            One of the files is wrong, or the configuration is missing.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as exc:
            raise ConfigError(path, "", "is missing: run `cta setup` first") from exc
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(path, "", f"cannot be read: {exc}") from exc
        return cls.of_text(path, text)

    @classmethod
    def of_text(cls, path: Path, text: str) -> SiteConfig:
        """Read a text that is, or is to be, the configuration in a file.

        Raises
        ------
        ConfigError
            It is wrong, or the data roots beside the file are.
        """
        return cls._parse(path, text, dataroots.load(path.with_name(DATA_ROOTS)))

    @classmethod
    def create(cls, path: Path | str, **values: str) -> SiteConfig:
        """Write a commented configuration, mode 640, and read it back.

        Parameters
        ----------
        path
            The file; its folder exists, the file does not.
        **values
            Fields of the class other than `path` and `data_roots`. What is left out
            is the demonstration's, with an authority that is clearly unregistered; with
            another one, that is the name, too.

        Returns
        -------
        SiteConfig
            What was written.

        Raises
        ------
        ConfigError
            A value is wrong, the file is there already, or cannot be written.
        """
        path = Path(path)
        defaults = cls.template()
        if values.get("authority", DEMO_AUTHORITY) != DEMO_AUTHORITY:
            # A name that people see must not call an archive a demonstration.
            title = defaults["title"].removesuffix(" (demonstration)")
            defaults |= {"name": values["authority"], "title": title}
        for unknown in sorted(set(values) - set(defaults)):
            hint = configfile.suggestion(unknown, list(defaults))
            raise ConfigError(path, unknown, f"is not a key that is known here: {hint}")
        if path.exists():
            raise ConfigError(path, "", "is there already: change it with an editor")
        text = _TEMPLATE.format(
            **{key: dataroots.quoted(value) for key, value in (defaults | values).items()}
        )
        config = cls._parse(path, text, dataroots.load(path.with_name(DATA_ROOTS)))
        dataroots.write(path, text)
        return config

    @staticmethod
    def template() -> dict[str, str]:
        """Return what `create` writes where it is given nothing: the demonstration's values."""
        return {
            "authority": DEMO_AUTHORITY,
            "name": "cta-demo",
            "title": "Cherenkov telescope data archive (demonstration)",
            "description": "Event lists of Cherenkov telescopes and their responses.",
            "contact_name": "The archive's operator",
            "contact_email": "operator@example.org",
            "profile": "rec",
            "simulations": "apart",
            "default_rights": "proprietary",
            "public_url": "",
            "media_type": FITS_MEDIA_TYPE,
        }

    @classmethod
    def _parse(cls, path: Path, text: str, roots: tuple[DataRoot, ...]) -> SiteConfig:
        values = configfile.parse(path, text, "site")
        contact = values.pop("contact")
        rights, files = values.pop("rights", {}), values.pop("files", {})
        return cls(
            path=path,
            contact_name=contact["name"],
            contact_email=contact["email"],
            description=values.pop("description", ""),
            data_roots=roots,
            default_rights=rights.get("default", "proprietary"),
            public_url=values.pop("public_url", "").rstrip("/"),
            media_type=files.get("media_type", FITS_MEDIA_TYPE),
            cache_bytes=int(files["cache_gb"] * 1e9) if "cache_gb" in files else _CACHE_BYTES,
            **values,
        )

    @property
    def roots(self) -> dict[str, Path]:
        """Folders of the data roots, by their names."""
        return {root.name: root.path for root in self.data_roots}

    @property
    def view_choices(self) -> tuple[str, ...]:
        """The settings that views depend on, as their properties in ``rd/q.rd`` are named."""
        return f"profile-{self.profile}", f"simulations-{self.simulations}"

    def root_of(self, folder: Path | str) -> DataRoot | None:
        """Return the registered root that is, or holds, a folder.

        Parameters
        ----------
        folder
            Relative paths start at the working directory; links are followed.

        Returns
        -------
        DataRoot or None
            None if no root holds it.
        """
        resolved = Path(folder).resolve()
        return next((root for root in self.data_roots if resolved.is_relative_to(root.path)), None)
