"""A small simulated data challenge in GADF 0.3: the demo's and the tests' input.

`plan` says what is observed, `truth` what shines there, `responses` how well the
arrays see it, `events` draws the events, `files` and `hdus` put them into FITS
and `challenge` writes the folder. Everything is reproducible from one seed.
"""
