"""Checking DL3 files for those who make them: what ingestion would say, and what GADF asks.

Ingestion's own rules are not repeated here: `reading` asks `iact.dl3.read.read_file`.
`gadf` is the format as a table, which `headers` and `columns` compare files with;
`contents`, `place`, `integrity` and `indexes` know what no table can say. `run` goes
through files, `output` prints, `command` is `bin/cta check`.

Nothing here needs a data centre, and nothing is written.
"""
