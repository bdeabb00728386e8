"""Markdown becomes HTML that a page may show, whatever stands in it."""

from __future__ import annotations

import pytest

from millgate.control.catalogue.markdown import LONGEST, markdown, plain


def test_what_people_write_is_shown() -> None:
    html = markdown(
        "# Title\n\nSome *words*, ~~gone~~.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n"
    )
    assert "<h2>Title</h2>" in html
    assert "<em>words</em>" in html
    assert "<td>1</td>" in html
    assert '<code class="language-python">x = 1' in html


def test_headings_stay_below_the_title_of_the_page() -> None:
    assert "<h1" not in markdown("# One\n\nTwo\n===\n\n###### Six")
    assert "<h2>One</h2>" in markdown("# One\n\n## Two")
    assert "<h2>Two</h2>\n<h3>Three</h3>" in markdown("## Two\n\n### Three")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "<a href='javascript:alert(1)'>x</a>",
        '[x](/a "><script>alert(1)</script>")',
        "![x](https://elsewhere.example/pixel.png)",
        "<style>body{display:none}</style>",
        '<p style="position:fixed">x</p>',
        '``` "onmouseover=alert(1)\nx\n```',
    ],
)
def test_nothing_that_acts_gets_through(hostile: str) -> None:
    html = markdown(hostile)
    for tag in ("<script", "<img", "<style", "<iframe", "<p style", 'href="javascript', 'href="data'):
        assert tag not in html.lower()
    assert " onmouseover=" not in html
    assert " onerror=" not in html.replace("&lt;img src=x onerror=", "")


def test_links_tell_nobody_where_one_comes_from() -> None:
    assert 'rel="noopener noreferrer"' in markdown("[there](https://elsewhere.example/)")
    assert 'href="/portal/apis/"' in markdown("[here](/portal/apis/)")


def test_summaries_have_no_marks() -> None:
    assert plain("# A *b*\n\n- c & d") == "A b c & d"


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than"):
        markdown("x" * (LONGEST + 1))
