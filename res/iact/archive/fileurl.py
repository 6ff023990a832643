"""The address of a product's file as an SQL function, for tables of links.

It makes of a row what `iact.access.dataset.Dataset.url_path` and ``file_name`` make of a dataset.
"""

from __future__ import annotations

import hashlib
from typing import Any

#: As `urllib.parse.quote` with nothing safe: RFC 3986, section 2.3. The loop over characters is
#: a query of its own for names that need it; else it would have to be run for every row.
_STATEMENTS = (
    """
    CREATE OR REPLACE FUNCTION cta.percent_encoded(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT string_agg(CASE WHEN byte BETWEEN 48 AND 57 OR byte BETWEEN 65 AND 90
          OR byte BETWEEN 97 AND 122 OR byte IN (45, 46, 95, 126) THEN chr(byte)
          ELSE '%' || lpad(upper(to_hex(byte)), 2, '0') END, '' ORDER BY place)
      FROM (SELECT place, get_byte(convert_to(name, 'UTF8'), place) AS byte
        FROM generate_series(0, octet_length(convert_to(name, 'UTF8')) - 1) AS place) AS bytes
    $$""",
    # The key in the identifier is encoded already (iact.archive.identifiers), and as here.
    """
    CREATE OR REPLACE FUNCTION cta.file_url(list_did text, kind text, package text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
      SELECT cta.server_url() || '/dl3/'
        || regexp_replace(substr(list_did, strpos(list_did, '~?cta/') + 6), '[^/]*$', '')
        || CASE WHEN kind = 'package' THEN
            CASE WHEN package ~ '^[A-Za-z0-9._~/-]*$' THEN regexp_replace(package, '^.*/', '')
              ELSE cta.percent_encoded(regexp_replace(package, '^.*/', '')) END
          WHEN regexp_replace(package, '^.*/', '') = kind || '.fits.gz'
            THEN 'made-' || kind || '.fits.gz'
          ELSE kind || '.fits.gz' END
    $$""",
)

#: Changes with the functions.
VERSION = hashlib.sha256("".join(_STATEMENTS).encode()).hexdigest()[:16]


def define(cursor: Any) -> None:
    """Make ``cta.file_url(list_did, kind, package)``, or bring it up to date.

    It takes the event list's identifier, the kind of product, and the path of the file with
    the event list, and returns the address of the product's file on the server.

    Parameters
    ----------
    cursor
        Of a role that may create functions in schema cta; cta.server_url() is there.
    """
    for statement in _STATEMENTS:
        cursor.execute(statement)
