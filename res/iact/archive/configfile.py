"""Reading the YAML files that operators write: strictly, and with errors they can act on.

The text is read by YAML 1.2's core rules, not by YAML 1.1's: ``off`` is a word
and not *false*, ``2100-01-01`` is text and not a date, ``1e3`` is a number. A key
that stands twice is an error. The structure is checked with a JSON schema; the
``description`` of a schema's part is what a message names as expected.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from iact.errors import ConfigError

SCHEMAS = Path(__file__).with_name("schemas")

_KINDS = {
    "str": "text",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "dict": "a mapping of keys",
    "NoneType": "empty",
}
_EXPECTED = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping of keys",
}


class _Loader(yaml.SafeLoader):
    """Scalars by YAML 1.2's core schema, keys as text, no key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Return the mapping with every key as the text it is written with."""
        mapping: dict[Hashable, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be plain text", key.start_mark
                )
            if key.value in mapping:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            mapping[key.value] = self.construct_object(value, deep=deep)
        return mapping


def _stripped(loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node)).strip()


# Forget YAML 1.1's: what is added below makes its own table from this empty one.
_Loader.yaml_implicit_resolvers = {}
_TAG = "tag:yaml.org,2002:"
_SCALARS = (
    ("null", r"(?:~|null|)", ["~", "n", ""]),
    ("bool", r"(?:true|false)", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    (
        "float",
        r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)",
        list("-+.0123456789"),
    ),
)
for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"^{_pattern}$"), _first)
_Loader.add_constructor(_TAG + "str", _stripped)


_MISSING = "is missing"


def read(path: Path, schema: str) -> dict[str, Any]:
    """Read and check one configuration file.

    Parameters
    ----------
    path
        The file.
    schema
        Name of the schema (``collection``, ``sites``, ``site``, ``data-roots``).

    Returns
    -------
    dict
        What the file says; text is stripped of white space at both ends.

    Raises
    ------
    ConfigError
        The file cannot be read, is no YAML, or does not fit the schema.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ConfigError(path, "", f"cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(path, "", f"is not UTF-8 text: byte {exc.start} is wrong") from exc
    return parse(path, text, schema)


def parse(path: Path, text: str, schema: str) -> dict[str, Any]:
    """Check the text of a configuration file; as `read`, for text that is not yet a file.

    Parameters
    ----------
    path
        The file that errors name.
    text
        Its content.
    schema
        Name of the schema.

    Returns
    -------
    dict
        What the text says.

    Raises
    ------
    ConfigError
        The text is no YAML, or does not fit the schema.
    """
    try:
        document = yaml.load(text, Loader=_Loader)  # a subclass of SafeLoader
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(path, "", f"{where}is not YAML: {exc.problem or exc}") from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise ConfigError(path, "", f"is not YAML: {exc}".replace("\n", " ")) from exc
    if document is None:
        raise ConfigError(path, "", "is empty: expected a mapping of keys")
    # What is missing last: it may be there under another name.
    problems = sorted(
        (reason == _MISSING, key, reason)
        for error in _validator(schema).iter_errors(document)
        for key, reason in _problems(error)
    )
    if problems:
        _, key, reason = problems[0]
        more = len(problems) - 1
        raise ConfigError(path, key, reason + (f" (and {more} more)" if more else ""))
    checked: dict[str, Any] = document
    return checked


def utc(path: Path, key: str, text: str) -> datetime:
    """Read a date and time.

    Parameters
    ----------
    path, key
        Where it stands, for the error.
    text
        ISO 8601; without a zone it is UTC, without a time it is the day's beginning.

    Returns
    -------
    datetime
        UTC, without zone, as ObsCore 1.1 section 4.25 (``obs_release_date``) has it.

    Raises
    ------
    ConfigError
        There is no such date.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as exc:
        raise ConfigError(path, key, f"{text!r} is no date: {exc}") from exc


def suggestion(word: str, known: list[str]) -> str:
    """Return what to write instead of an unknown word.

    Parameters
    ----------
    word
        What was written.
    known
        What may be written.

    Returns
    -------
    str
        A question if one of the known words is similar, else the list of them.
    """
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), list(by_lower), n=1)
    if close:
        return f"did you mean {by_lower[close[0]]!r}?"
    return "expected " + ("one of " if len(known) > 1 else "") + ", ".join(sorted(known))


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    text = (SCHEMAS / f"{schema}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _problems(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield (dotted key, reason) for each thing one schema error stands for."""
    key = ""
    for part in error.absolute_path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    value: Any = error.instance
    parts: Any = error.schema
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(parts.get("properties", {}))
        for extra in sorted(set(value) - set(known)):
            name = f"{key}.{extra}" if key else extra
            yield name, f"is not a key that is known here: {suggestion(extra, known)}"
    elif error.validator == "required":
        # One error comes for each missing key, its name only in the message.
        missing = next(name for name in rule if error.message.startswith(repr(name)))
        yield f"{key}.{missing}" if key else missing, _MISSING
    else:
        yield key, _reason(error, value, parts, rule)


def _reason(error: ValidationError, value: Any, parts: Any, rule: Any) -> str:
    """Say what is wrong with a value and what was expected."""
    expected = parts.get("description", "")
    if error.validator == "type" or value is None:
        rule = rule if error.validator == "type" else "string"
        return _wrong_type(value, [rule] if isinstance(rule, str) else rule, expected)
    if error.validator == "enum" and value is not None:
        return f"is {value!r}: {suggestion(str(value), [str(one) for one in rule])}"
    if error.validator in ("minLength", "minItems", "minProperties") and not value:
        return f"is empty: expected {expected or 'something'}"
    if error.validator in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
        return f"is {value}: expected {expected or error.message}"
    return f"is {value!r}: expected {expected}" if expected else error.message


def _wrong_type(value: Any, allowed: list[str], expected: str) -> str:
    kind = _KINDS.get(type(value).__name__, type(value).__name__)
    wanted = expected or " or ".join(_EXPECTED[name] for name in allowed)
    if value is None:
        return f"is empty: expected {wanted}; or remove the line"
    shown = "" if isinstance(value, list | dict) else f" ({value})"
    quotes = "; put it in quotes" if "string" in allowed and isinstance(value, int | float) else ""
    return f"is {kind}{shown}: expected {wanted}{quotes}"
