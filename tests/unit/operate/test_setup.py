import pytest

from iact.archive.site import SiteConfig
from iact.errors import CtaError
from iact.operate.setup import with_values

TEXT = "# The authority\nauthority: 'one'  # set once\n\ncontact:\n  name: N\nname: short\n"


def test_a_value_changes_and_comments_stay():
    changed = with_values(TEXT, {"authority": "two.example"})
    assert changed.startswith("# The authority\nauthority: ")
    assert "two.example" in changed
    assert "  name: N\nname: short\n" in changed


def test_only_the_top_level_key_changes():
    assert "contact:\n  name: N\n" in with_values(TEXT, {"name": "other"})


def test_a_value_with_special_characters_comes_back_as_it_was(tmp_path):
    path = tmp_path / "cta.yaml"
    SiteConfig.create(path)
    name = r"a: \1 'b' #c"
    path.write_text(with_values(path.read_text(), {"name": name}))
    assert SiteConfig.load(path).name == name


def test_a_key_that_is_not_there_leads_to_the_editor():
    with pytest.raises(CtaError, match="no single line `public_url:`; change it with an editor"):
        with_values(TEXT, {"public_url": "https://example.org"})
