"""A tar that is computed, against Python's own that is written."""

import hashlib
import io
import os
import tarfile
from dataclasses import replace

import pytest

from iact.access.checked import Checked, state
from iact.access.dataset import StoredFile
from iact.access.package.choice import opened
from iact.access.package.tar import CHUNK, FileChanged, Member, Stretch, Tar

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

LONG = "folder/" * 40 + "x" * 120
SIZES = [0, 1, 511, 512, 513, 1024, 10_240, 9 * 512, CHUNK, CHUNK + 1]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("root")


def stored(root, name, content):
    path = root / name
    path.write_bytes(content)
    status = path.stat()
    return StoredFile(
        "root", name, status.st_size, status.st_mtime_ns, hashlib.sha256(content).hexdigest()
    )


@pytest.fixture(scope="module")
def members(root):
    made = [
        Member("p/README.txt", 1_700_000_000, b"read me\n"),
        Member("p/empty", 0, b""),
        Member(f"p/{LONG}", 2**33, b"a long name"),
    ]
    for number, size in enumerate(SIZES):
        file = stored(root, f"f{number}", bytes(i % 251 for i in range(size)))
        made.append(Member(f"p/data/f{number}", 1_600_000_000 + number, file))
    return made


def read(root, tar, start, stop):
    chunks = list(pieces(root, tar, start, stop))
    # Empty ones come only while a file is read of which a part is wanted.
    in_part = any(
        isinstance(part, Stretch) and part.length < part.file.size
        for part in tar.parts(start, stop)
    )
    assert all((0 if in_part else 1) <= len(chunk) <= CHUNK for chunk in chunks)
    return b"".join(chunks)


def pieces(root, tar, start, stop, checked=None):
    checked = checked or Checked()
    return tar.chunks(start, stop, lambda file: opened(file, {"root": root}), checked)


def content_of(root, member):
    return member.source if isinstance(member.source, bytes) else (
        root / member.source.path
    ).read_bytes()  # fmt: skip


@pytest.fixture(scope="module")
def written(root, members):
    """The same tar as Python's tarfile writes it."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.size, info.mtime, info.mode = member.size, member.mtime, 0o644
            tar.addfile(info, io.BytesIO(content_of(root, member)))
    return plain.getvalue()


def test_the_bytes_are_those_of_tarfile(root, members, written):
    tar = Tar(members)
    assert tar.size == len(written)
    assert read(root, tar, 0, tar.size) == written


def test_tarfile_reads_what_was_computed(root, members):
    tar = Tar(members)
    plain = io.BytesIO(read(root, tar, 0, tar.size))
    with tarfile.open(fileobj=plain) as found:
        assert [info.name for info in found] == [member.name for member in members]
        for info, member in zip(found, members, strict=True):
            assert found.extractfile(info).read() == content_of(root, member)
            assert (info.mtime, info.uid, info.uname) == (member.mtime, 0, "")


@hypothesis.given(st.data())
@hypothesis.settings(max_examples=300, deadline=None)
def test_any_stretch_is_that_of_the_whole(root, members, written, data):
    start = data.draw(st.integers(0, len(written)))
    stop = data.draw(st.integers(start, len(written)))
    assert read(root, Tar(members), start, stop) == written[start:stop]


def test_stretches_at_the_edges_of_blocks_are_too(root, members, written):
    tar = Tar(members)
    for start in range(0, len(written), 512):
        for stop in (start, start + 1, start + 511, start + 512, start + 513):
            assert read(root, tar, start, stop) == written[start:stop]


def test_a_stretch_opens_only_the_files_in_it(members):
    tar = Tar(members)
    last = tar.size - 20_000
    named = [part.file.path for part in tar.parts(last, tar.size) if isinstance(part, Stretch)]
    assert named == [f"f{len(SIZES) - 1}"]


def test_many_members_of_any_size_have_a_length_at_once():
    file = StoredFile("root", "big", 10 * 1024**3, 0, "")
    tar = Tar([Member(f"p/{number}", 0, file) for number in range(100)])
    # Above 8 GiB a pax header tells the size.
    assert tar.size > 1000 * 1024**3
    (part,) = tar.parts(tar.size // 2, tar.size // 2 + 100)
    assert isinstance(part, Stretch) and part.length == 100


def test_a_tar_without_members_is_an_empty_one(root):
    plain = io.BytesIO(read(root, Tar([]), 0, 99_999))
    with tarfile.open(fileobj=plain) as found:
        assert found.getnames() == []


@pytest.mark.parametrize("change", ["shorter", "other", "gone"])
def test_a_file_that_has_changed_is_not_sent(root, change):
    file = stored(root, "c", bytes(1000))
    tar = Tar([Member("c", 0, file)])
    if change == "gone":
        (root / "c").unlink()
    else:
        (root / "c").write_bytes(bytes(999) if change == "shorter" else b"x" * 1000)
    with pytest.raises(FileChanged):
        read(root, tar, 0, tar.size)


def test_the_same_bytes_of_another_date_are_the_same_file(root):
    file = stored(root, "t", bytes(1000))
    tar = Tar([Member("t", 0, file)])
    before = read(root, tar, 0, tar.size)
    os.utime(root / "t", (1, 1))
    assert read(root, tar, 0, tar.size) == before


@pytest.mark.parametrize("size", [1000, CHUNK, 3 * CHUNK + 1])
def test_other_bytes_of_the_same_size_and_date_do_not_go_out_as_a_whole(root, size):
    file = stored(root, "s", bytes(size))
    (root / "s").write_bytes(bytes(size - 1) + b"x")
    os.utime(root / "s", ns=(file.mtime_ns, file.mtime_ns))
    sent = 0
    with pytest.raises(FileChanged, match="checksum"):
        for chunk in pieces(root, Tar([Member("s", 0, file)]), 512, 10**9):
            sent += len(chunk)
    assert sent <= (size - 1) // CHUNK * CHUNK


def test_no_part_goes_out_of_other_bytes_of_the_same_size_and_date(root):
    file = stored(root, "p", bytes(3 * CHUNK))
    (root / "p").write_bytes(bytes(3 * CHUNK - 1) + b"x")
    os.utime(root / "p", ns=(file.mtime_ns, file.mtime_ns))
    sent = []
    with pytest.raises(FileChanged, match="checksum"):
        for piece in pieces(root, Tar([Member("p", 0, file)]), 600, 700):
            sent.append(piece)
    assert b"".join(sent) == b""
    # Somebody else's turn between the pieces that are read.
    assert len(sent) >= 2


def test_no_part_goes_out_of_a_file_that_changes_after_it_was_compared(root):
    file = stored(root, "q", bytes(3 * CHUNK))
    made = pieces(root, Tar([Member("q", 0, file)]), 600, 700)
    assert [next(made) for _ in range(3)] == [b""] * 3
    (root / "q").write_bytes(b"x" * 3 * CHUNK)
    with pytest.raises(FileChanged):
        list(made)


@pytest.mark.parametrize(("start", "stop"), [(512, 10**9), (600, 700)])
def test_nothing_goes_out_of_a_file_that_is_known_to_be_another(root, start, stop):
    file = stored(root, "o", bytes(3 * CHUNK))
    checked = Checked()
    with (root / "o").open("rb") as stream:
        checked.remember(state(stream), hashlib.sha256(b"other").hexdigest())
    with pytest.raises(FileChanged, match="checksum"):
        next(pieces(root, Tar([Member("o", 0, file)]), start, stop, checked))


def test_a_file_that_is_known_is_not_read_again(root, monkeypatch):
    file = stored(root, "k", bytes(2 * CHUNK))
    tar, checked = Tar([Member("k", 0, file)]), Checked()
    monkeypatch.setattr(Checked, "learn", Checked.remember)
    first = b"".join(pieces(root, tar, 0, tar.size, checked))
    monkeypatch.setattr(hashlib, "sha256", None)
    assert b"".join(pieces(root, tar, 0, tar.size, checked)) == first
    assert b"".join(pieces(root, tar, 600, 5000, checked)) == first[600:5000]


def test_a_file_that_changes_while_it_is_sent_ends_the_tar(root):
    file = stored(root, "d", bytes(3 * CHUNK))
    chunks = pieces(root, Tar([Member("d", 0, file)]), 0, 10**9)
    next(chunks), next(chunks)
    (root / "d").write_bytes(b"x" * 3 * CHUNK)
    with pytest.raises(FileChanged):
        next(chunks)


def test_a_file_that_is_shorter_than_it_claims_ends_the_tar(root):
    file = stored(root, "e", bytes(1000))
    claims = replace(file, size=2000)
    tar = Tar([Member("e", 0, claims)])
    with pytest.raises(FileChanged):
        list(tar.chunks(0, tar.size, lambda _: (root / "e").open("rb", buffering=0), Checked()))


def test_who_stops_reading_leaves_no_open_file(root):
    file = stored(root, "g", bytes(3 * CHUNK))
    streams = []

    def open_file(found):
        streams.append(opened(found, {"root": root}))
        return streams[-1]

    chunks = Tar([Member("g", 0, file)]).chunks(600, 10**9, open_file, Checked())
    next(chunks)
    assert not streams[0].closed
    chunks.close()
    assert streams[0].closed
