"""Constants that turn units into one another."""

from __future__ import annotations

#: Electronvolts, in which the tables are, of a teraelectronvolt, in which files and people are.
EV_PER_TEV = 1e12

#: Planck's constant times the speed of light in eV m (CODATA 2018), as the high-energy
#: extension of ObsCore gives it for the conversion between energy_* and em_*.
HC_EV_M = 1.239841984332e-6

#: Julian date of MJD 0, days.
MJD_ZERO_JD = 2400000.5
