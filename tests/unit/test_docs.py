"""What the pages for operators say of commands and files, against the code."""

import re
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
