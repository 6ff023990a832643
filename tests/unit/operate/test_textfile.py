import errno
import os
from pathlib import Path

import pytest

from iact.operate.textfile import write_if_changed


def test_a_file_is_written_only_where_it_differs(tmp_path):
    path = tmp_path / "file"
    assert write_if_changed(path, "one")
    assert not write_if_changed(path, "one")
    assert write_if_changed(path, "two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "file"
    path.write_text("one")
    path.chmod(0o604)
    assert write_if_changed(path, "two")
    assert path.stat().st_mode & 0o777 == 0o604


def test_a_file_stays_as_it_was_where_there_is_no_room(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_if_changed(path, "one")

    def begin_only(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "write_bytes", begin_only)
    with pytest.raises(OSError, match="No space left"):
        write_if_changed(path, "two")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]
