"""One reader that turns a DL3 file into an `Observation`, whatever its dialect.

The way of a file: `container` reads bytes and HDUs, `classify` says what they
are, `header`, `tables`, `times`, `pointing`, `responses`, `energies` and
`exposure` read what they say, `observe` puts it together, `read` is the door.
"""
