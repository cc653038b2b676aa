"""The report: one file, complete, escaped, self-contained."""

import base64
import re
import struct
from html.parser import HTMLParser

import numpy as np
import pytest

from neuromem import plot, report
from neuromem.errors import UsageError
from neuromem.report import Section, Table

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Parses a page, checks that every tag is closed in order, and collects what the tests ask for."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.images, self.rows, self.text, self.attributes = [], [], [], [], "", []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        if self.open and self.open[-1] != "style":
            self.text += data


def a_figure():
    return plot.recall_curve([1, 10, 100], {"ours": [10, 90, 100]}).figure


@pytest.fixture(scope="module")
def page():
    section = Section(
        "Recall <quality>",
        "First paragraph with `code` & more.\n\nSecond.",
        figures=[(a_figure(), 'Recall "exactly"'), (plot.to_png(a_figure(), 50), "Again", "A rising curve")],
        tables=[Table([{"fragment": "<half>", "ours (%)": 98.123456, "n": 100}, {"fragment": "b", "n": 7}], "Counts")],
        code=["neuromem recall memory.h5 a.png && echo '<done>'\n"],
    )
    parameters = {"seed": 7, "rule": "best", "network": {"cues": 100, "threshold (mV)": -57.0}}
    tiles = [(98.0, "percent"), (235_200, "synapses")]
    text = report.render("A & B", "Summary <1>.", [section], parameters, highlights=tiles, created="today")
    return text, Page(text)


def test_page_is_well_formed_and_semantic(page):
    text, parsed = page
    assert text.startswith("<!doctype html>")
    assert parsed.tags.count("h1") == 1
    assert parsed.tags.count("h2") == 2
    assert {"header", "main", "section", "figure", "figcaption", "table", "caption", "nav", "footer"} <= set(
        parsed.tags
    )
    assert ("lang", "en") in parsed.attributes
    assert "prefers-color-scheme:dark" in text
    assert 'name="viewport"' in text


def test_every_link_in_the_contents_has_its_place(page):
    _, parsed = page
    ids = [v for k, v in parsed.attributes if k == "id"]
    links = [v for k, v in parsed.attributes if k == "href"]
    labels = [v for k, v in parsed.attributes if k == "aria-labelledby"]
    assert len(ids) == len(set(ids))
    assert len(links) == 2
    assert {link.removeprefix("#") for link in links} | set(labels) <= set(ids)


def test_page_needs_nothing_from_outside(page):
    text, parsed = page
    assert "default-src 'none'" in text
    assert not {"script", "link", "iframe", "object"} & set(parsed.tags)
    assert not re.search(r"https?:|@import|url\(", text)
    assert all(i["src"].startswith("data:image/png;base64,") for i in parsed.images)


def test_images_are_whole_with_size_and_alternative_text(page):
    _, parsed = page
    assert [i["alt"] for i in parsed.images] == ['Recall "exactly"', "A rising curve"]
    for image in parsed.images:
        png = base64.b64decode(image["src"].partition(",")[2], validate=True)
        assert struct.unpack(">II", png[16:24]) == (int(image["width"]), int(image["height"]))


def test_all_text_is_escaped_and_kept(page):
    text, parsed = page
    for words in ("A & B", "Summary <1>.", "Recall <quality>", "&& echo '<done>'", "First paragraph with"):
        assert words in parsed.text
    assert "<half>" not in text
    assert "<done>" not in text
    assert "<code>code</code> &amp; more.</p><p>Second.</p>" in text


def test_tables_parameters_and_versions_are_complete(page):
    _, parsed = page
    rows = parsed.rows
    assert ["fragment", "ours (%)", "n"] in rows
    assert ["<half>", "98.12", "100"] in rows
    assert ["b", "", "7"] in rows
    for pair in (["seed", "7"], ["rule", "best"], ["cues", "100"], ["threshold (mV)", "-57.0"]):
        assert pair in rows
    assert ["numpy", np.__version__] in rows
    assert "today" in parsed.text
    assert "98" in parsed.text
    assert "235\u202f200" in parsed.text


def test_table_columns_can_be_picked_and_numbers_stay_readable():
    rows = [{"a": 1234567.0, "b": True, "c": None}, {"a": np.float64(0.000123456), "b": False, "c": np.int64(12345)}]
    parsed = Page(report.render("t", "s", [Section("x", tables=[Table(rows, columns=["c", "a", "b"])])], {}))
    assert parsed.rows[:3] == [["c", "a", "b"], ["", "1234567", "yes"], ["12345", "0.0001235", "no"]]


def test_hostile_text_cannot_leave_its_place():
    evil = "\"><script>alert(1)</script>'"
    section = Section(evil, evil, [(a_figure(), evil, evil)], [Table([{evil: evil}], evil)], [evil])
    text = report.render(
        evil, evil, [section], {evil: evil, "group": {evil: evil}}, highlights=[(evil, evil)], created=evil
    )
    parsed = Page(text)
    assert "script" not in parsed.tags
    assert parsed.images[0]["alt"] == evil


def test_write_makes_one_file_and_returns_its_path(tmp_path):
    path = report.write(tmp_path / "report.html", "Häuser", "Größe", [], {"seed": 1})
    assert list(tmp_path.iterdir()) == [path]
    assert "Häuser" in Page(path.read_text(encoding="utf-8")).text


def test_a_failed_write_leaves_the_old_report(tmp_path):
    path = report.write(tmp_path / "report.html", "old", "s", [], {})
    with pytest.raises(UsageError, match="'x'"):
        report.write(path, "new", "s", [Section("x", figures=[(b"not a png", "caption")])], {})
    assert "old" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_figure_without_words_is_refused():
    with pytest.raises(UsageError, match="caption"):
        report.render("t", "s", [Section("x", figures=[(a_figure(), "  ")])], {})
