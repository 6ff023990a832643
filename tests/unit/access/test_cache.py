"""What is made is made once, and kept while there is room."""

import hashlib
import threading

import pytest

from iact.access.cache import Cache
from iact.access.checked import Checked

A, B, C = (letter * 64 for letter in "abc")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "products"


def new(folder, limit=1000):
    return Cache(folder, limit, Checked())


def never(target):
    raise AssertionError("must not be made again")


def put(cache, key, content):
    stream, sha256 = cache.opened(key, lambda target: target.write(content))
    with stream:
        assert sha256 == hashlib.sha256(content).hexdigest()
        return stream.read()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def has(cache, key):
    found = cache.quick(key)
    if found:
        found[0].close()
    return found is not None


def test_what_cannot_be_made_leaves_nothing(folder):
    def fail(target):
        target.write(b"half")
        raise OSError("the disk is full")

    cache = new(folder)
    with pytest.raises(OSError, match="full"):
        cache.opened(A, fail)
    assert names(folder) == []
    assert put(cache, A, b"whole") == b"whole"


def test_what_a_crash_left_unfinished_is_removed(folder):
    folder.mkdir(parents=True)
    (folder / "x.part").write_bytes(b"half")
    (folder / "operator's own").write_bytes(b"note")
    new(folder)
    assert names(folder) == ["operator's own"]


@pytest.mark.parametrize("damage", [b"", b"thing", b"something!"])
def test_a_damaged_file_is_made_again(folder, damage):
    put(new(folder), A, b"something")
    (path,) = folder.iterdir()
    path.write_bytes(damage)
    cache = new(folder)
    assert not has(cache, A)
    assert put(cache, A, b"something") == b"something"
    assert has(cache, A)
    assert len(names(folder)) == 1


def test_a_file_that_is_changed_under_a_running_server_is_made_again(folder):
    cache = new(folder)
    put(cache, A, b"something")
    (path,) = folder.iterdir()
    path.write_bytes(b"otherwise")
    assert not has(cache, A)
    assert put(cache, A, b"something") == b"something"


def test_a_folder_that_was_emptied_fills_again(folder):
    cache = new(folder)
    put(cache, A, b"something")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert not has(cache, A)
    assert cache.size == 0
    assert put(cache, A, b"something") == b"something"
    assert cache.size == 9


def test_what_is_there_is_not_made_again(folder):
    cache = new(folder)
    put(cache, A, b"something")
    stream, _ = cache.opened(A, never)
    assert stream.read() == b"something"
    stream, _ = cache.quick(A)
    assert stream.read() == b"something"


def test_what_is_there_is_found_after_a_restart(folder):
    put(new(folder), A, b"something")
    cache = new(folder)
    # It is read once, for a crash may have damaged it.
    assert not has(cache, A)
    stream, _ = cache.opened(A, never)
    assert stream.read() == b"something"
    assert cache.size == 9


def test_two_who_ask_at_once_get_it_made_once(folder):
    cache, made = new(folder), []
    start = threading.Barrier(8)

    def slowly(target):
        made.append(threading.current_thread())
        threading.Event().wait(0.1)
        target.write(b"something")

    found = []

    def ask():
        start.wait()
        with cache.opened(A, slowly)[0] as stream:
            found.append(stream.read())

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == [b"something"] * 8
    assert len(made) == 1


def test_what_nobody_asked_for_longest_goes(folder):
    cache = new(folder, limit=20)
    put(cache, A, b"a" * 10)
    put(cache, B, b"b" * 10)
    assert has(cache, A)
    put(cache, C, b"c" * 10)
    assert (has(cache, A), has(cache, B), has(cache, C)) == (True, False, True)
    assert cache.size == 20 == sum(path.stat().st_size for path in folder.iterdir())


def test_a_file_that_goes_can_be_read_to_its_end(folder):
    cache = new(folder, limit=20)
    stream, _ = cache.opened(A, lambda target: target.write(b"a" * 20))
    put(cache, B, b"b" * 20)
    assert not has(cache, A)
    assert stream.read() == b"a" * 20


def test_a_file_larger_than_the_limit_stays_until_the_next(folder):
    cache = new(folder, limit=20)
    assert put(cache, A, b"a" * 30) == b"a" * 30
    assert put(cache, B, b"b") == b"b"
    assert (has(cache, A), has(cache, B)) == (False, True)


def test_a_lower_limit_counts_from_the_start(folder):
    cache = new(folder)
    for key in (A, B, C):
        put(cache, key, key[:10].encode())
    assert new(folder, limit=15).size == 10


def test_others_cannot_look_into_the_folder(folder):
    put(new(folder), A, b"something")
    assert folder.stat().st_mode & 0o077 == 0
