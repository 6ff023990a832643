"""Packages: many datasets as one tar that is made while it is sent.

A package is asked for once. What is in it is written down in a `Manifest`; from then on its
bytes are fixed, so it has a length and an ETag, and can be fetched in parts. Files are not
copied: the manifest names them, and the tar's bytes are computed from it (`tar`).
"""
