"""What a preview is of, apart from the events: what its title and marks say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """An observation as the archive's tables have it.

    Parameters
    ----------
    collection, obs_id, event_type
        Its key.
    target
        Name of the target; empty where there is none.
    pointing
        Right ascension and declination, ICRS, deg; None for a drift scan.
    """

    collection: str
    obs_id: str
    event_type: str = ""
    target: str = ""
    pointing: tuple[float, float] | None = None

    @property
    def title(self) -> str:
        """Key and target on one line."""
        parts = (self.collection, self.obs_id, self.event_type, self.target)
        return "  \N{MIDDLE DOT}  ".join(" ".join(part.split()) for part in parts if part)
