from dataclasses import replace

from iact.operate import tables


def test_the_digests_change_with_the_descriptors(layout, tmp_path):
    (tmp_path / "rd").mkdir()
    own = replace(layout, code=tmp_path)
    (tmp_path / "rd" / "q.rd").write_text("one")
    before = tables.descriptor_digests(own)
    (tmp_path / "rd" / "q.rd").write_text("two")
    assert set(before) == {"q.rd", "visibility", "fileurl"}
    assert tables.descriptor_digests(own) != before
