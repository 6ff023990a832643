from iact.operate import room


def test_a_disk_with_room_needs_no_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "FULL_BYTES", 0)
    assert room.advice(tmp_path) == ""


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "FULL_BYTES", 2**80)
    said = room.advice(tmp_path)
    assert said.startswith(f"The disk of {tmp_path} is full (")
    assert said.endswith(" MB are free): make room there.")
