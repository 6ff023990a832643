"""What the pages for operators say of commands and files, against the code."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from iact.operate.tables import RESOURCES

CODE = Path(__file__).parents[2]
OPERATION = (CODE / "docs" / "operation.md").read_text(encoding="utf-8")


def test_on_an_existing_server_all_resources_are_imported_in_their_order():
    chapter = OPERATION.split("## On an existing DaCHS server")[1]
    assert re.findall(r"^ +dachs imp (cta/\w+)$", chapter, re.MULTILINE) == list(RESOURCES)


def test_every_resource_is_linked_where_dachs_finds_it():
    for resource in RESOURCES:
        assert (CODE / "inputs" / f"{resource}.rd").exists()


MESSAGES = re.findall(
    r"^\| ([^|]+) \|", OPERATION.split("## Troubleshooting")[1].split("\n## ")[0], re.MULTILINE
)[2:]


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_of_the_table_are_those_of_the_code(message):
    # Lines of code break within sentences.
    code = " ".join(
        re.sub(r"[\"']\s*\n\s*f?[\"']", "", path.read_text(encoding="utf-8"))
        for path in (CODE / "res" / "iact").rglob("*.py")
    )
    for alternative in re.split("; ", message):
        words = max(re.split("…|'…'|8080", alternative), key=len).strip(" :,;.'")
        assert words in code, words


PAGES = ["README.md", "SECURITY.md", *(f"docs/{p.name}" for p in CODE.glob("docs/*.md"))]


@pytest.mark.parametrize("name", PAGES)
def test_links_of_the_pages_lead_somewhere(name):
    page = CODE / name
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]*)(?:#[^)]*)?\)", text):
        assert not target or (page.parent / target).exists(), target
    for target, anchor in re.findall(r"\]\(([^):#]*)#([^)]*)\)", text):
        headings = re.findall(
            r"^#+ (.*)$",
            (page.parent / target if target else page).read_text("utf-8"),
            re.MULTILINE,
        )
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, f"{target}#{anchor}"


DEFECTS = (CODE / "docs" / "dachs-defects.md").read_text(encoding="utf-8")
PATCHES = (CODE / "docs" / "patches.md").read_text(encoding="utf-8")
ADAPTERS = CODE / "res" / "iact" / "dachs"


@pytest.mark.parametrize("section", re.findall(r"^\| \d+ \| \[([^]]+)", DEFECTS, re.MULTILINE))
def test_each_defect_says_what_is_done_about_it_and_which_test_shows_it(section):
    (text,) = re.findall(rf"(?is)\n## {re.escape(section)}\n(.*?)(?=\n## |\Z)", DEFECTS)
    marks = re.findall(r"^- \*\*(\w+)", text, re.MULTILINE)
    assert marks == ["What", "In", "Seen", "Change", "Here"]
    assert named_tests(text.split("**Here.**")[1])


def test_each_adapter_that_replaces_code_of_dachs_has_a_row_that_names_its_test():
    rows = dict(re.findall(r"^\| \[(\w+)\.py\].*?(\| .*)$", PATCHES, re.MULTILINE))
    for path in ADAPTERS.glob("*.py"):
        code = path.read_text(encoding="utf-8")
        if path.stem == "known" or not re.search(r"known\.(Known|replace)\(", code):
            continue
        assert path.stem in rows, f"docs/patches.md has no row for {path.name}"
        says = "goes on" if "protects=True" in code or "Known(" not in code else "stands back"
        assert f"| {says}" in rows[path.stem], path.name
    for module, row in rows.items():
        assert named_tests(row), module


@pytest.mark.parametrize("folder", ["access", "dachs"])
def test_each_module_has_its_place_in_the_architecture_or_among_the_patches(folder):
    text = (CODE / "docs" / "architecture.md").read_text(encoding="utf-8") + PATCHES
    patterns = set(re.findall(r"[\w*]+\.py", text))
    for path in (CODE / "res" / "iact" / folder).glob("[a-z]*.py"):
        assert any(fnmatch(path.name, pattern) for pattern in patterns), path.name


def named_tests(text):
    """Return the tests that a text of a page names, each behind a link to its file."""
    files = re.findall(r"\]\(\.\./(tests/\S+\.py)\)", text)
    code = "".join((CODE / name).read_text(encoding="utf-8") for name in files)
    tests = re.findall(r"`(test_\w+)`", text)
    for test in tests:
        assert f"def {test}(" in code, test
    return tests
