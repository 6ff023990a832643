"""One reader that turns a DL3 file into an `Observation`, whatever its dialect.

The way of a file: `storage` reads its bytes, `container` cuts them into HDUs,
`classify` says what they are, `header`, `tables`, `times`, `pointing`, `target`,
`responses`, `energies` and `exposure` read what they say, `observe` puts it
together, `read` is the door. `index` knows what index tables add.
"""
