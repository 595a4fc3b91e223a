"""Tests of toolkit.studio.projects that need no server; test_push has the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import InputError
from toolkit.settings import LabelSettings, ProjectSettings, Settings, Workspace
from toolkit.studio.projects import guidelines_html, project_title


def _workspace(root: Path, *, name: str = "新闻", notice: str = "") -> Workspace:
    settings = Settings(
        project=ProjectSettings(name=name, notice=notice), labels=LabelSettings(guidelines="g.md")
    )
    return Workspace(root, settings)


def test_guidelines_become_html_and_markup_in_them_text(tmp_path: Path) -> None:
    """The notice comes first; tables work; a script is shown and not run."""
    (tmp_path / "g.md").write_text("# 说明\n\n|a|b|\n|-|-|\n|1|<script>x</script>|\n", "utf-8")
    html = guidelines_html(_workspace(tmp_path, notice="练习 <1>"))
    assert "</style>\n<p><strong>练习 &lt;1&gt;</strong></p>\n<h1>说明</h1>" in html
    assert "<td>1</td>" in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_guidelines_that_cant_be_read_are_an_error(tmp_path: Path) -> None:
    """Annotators are never left without their guidelines in silence."""
    with pytest.raises(InputError, match=r"g\.md: the guidelines"):
        guidelines_html(_workspace(tmp_path))


@pytest.mark.parametrize(
    ("name", "notice", "annotator"),
    [("新闻", "", "安"), ("x" * 90, "", "anna"), ("x", "n" * 200, "a" * 60), ("a\nb", "c\td", "e")],
)
def test_titles_fit_the_server(name: str, notice: str, annotator: str, tmp_path: Path) -> None:
    """Between 3 and 50 characters on one line, with something of every part."""
    title = project_title(_workspace(tmp_path, name=name, notice=notice), annotator)
    assert 3 <= len(title) <= 50
    assert title.isprintable()
    assert title.split(" · ")[0][:4] == annotator[:4]
