from iact.operate.textfile import write_if_changed


def test_a_file_is_written_only_where_it_differs(tmp_path):
    path = tmp_path / "file"
    assert write_if_changed(path, "one")
    assert not write_if_changed(path, "one")
    assert write_if_changed(path, "two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]
