"""The file of keys: made, rotated, refused where it is not what it should be."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from iact.access import signingkeys
from iact.errors import ConfigError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "signing.keys"


def test_a_missing_file_is_made_for_the_owner_alone(path):
    (key,) = signingkeys.load(path)
    assert len(key.secret) == signingkeys.KEY_BYTES
    assert path.stat().st_mode & 0o777 == 0o600
    assert signingkeys.load(path) == (key,)
    assert list(path.parent.iterdir()) == [path]


def test_all_who_need_a_missing_file_at_once_get_the_same_key(path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: signingkeys.load(path), range(64)))
    assert len(found) == 1


def test_a_new_key_stands_last_and_older_ones_stay(path):
    (first,) = signingkeys.load(path)
    signingkeys.rotate(path)
    assert signingkeys.load(path)[0] == first
    assert len(set(signingkeys.load(path))) == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_older_keys_can_be_thrown_away(path):
    (first,) = signingkeys.load(path)
    signingkeys.rotate(path, keep=False)
    (only,) = signingkeys.load(path)
    assert only.secret != first.secret and only.name != first.name


def test_a_file_that_others_could_read_is_refused_and_made_anew(path):
    signingkeys.load(path)
    path.chmod(0o640)
    for attempt in (signingkeys.load, signingkeys.rotate):
        with pytest.raises(ConfigError, match=r"mode 640.*newkey --only"):
            attempt(path)
    signingkeys.rotate(path, keep=False)
    assert len(signingkeys.load(path)) == 1
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["\n", "x\n", "0" * 8, f"{'0' * 8} {'1' * 63}\n", "\xff \xff\n"])
def test_a_broken_line_is_named(path, line):
    signingkeys.load(path)
    with path.open("a", encoding="latin-1") as file:
        file.write(line)
    with pytest.raises(ConfigError, match="line 2: expected"):
        signingkeys.load(path)


def test_an_empty_file_is_no_silent_start_anew(path):
    path.touch(0o600)
    with pytest.raises(ConfigError, match="no key; `bin/cta newkey"):
        signingkeys.load(path)
