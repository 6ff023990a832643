"""Adapters to GAVO DaCHS: each translates a request into a call of `iact` and back."""
