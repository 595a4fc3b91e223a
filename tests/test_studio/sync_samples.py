"""A small corpus for the tests of sync; run as a program it pushes it, to be killed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from toolkit.model import Document, Passage, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema, read_schema
from toolkit.settings import Workspace, open_workspace
from toolkit.studio.gateway import Gateway
from toolkit.studio.plan import plan
from toolkit.studio.push import push
from toolkit.studio.push_plan import PushPlan

_SENTENCES = (
    "1月{day}日，😀河北省卫健委副主任王小明在承德市介绍了情况。",
    "𠮷野家向\n武汉  捐赠N95口罩{day}00只！",
    "　张三说：“没有问题。",
    "”当天,\r\n雷神山医院 接收患者{day}名。",
)
_TERMS = {
    "河北省卫健委": "ORG",
    "副主任": "TITLE",
    "王小明": "PERSON",
    "承德市": "LOC",
    "武汉": "LOC",
    "N95口罩": "SUPPLY",
    "雷神山医院": "ORG",
    "张三": "PERSON",
}


def schema() -> LabelSchema:
    """The labels that the package ships."""
    return read_schema(Path(__file__).parents[2] / "label_configs" / "epidemic_news.xml")


def documents(count: int) -> dict[str, Document]:
    """Documents of four sentences with emoji, rare characters, line ends and spaces."""
    made = {}
    for day in range(1, count + 1):
        text = "".join(_SENTENCES).format(day=day)
        id_ = f'文档"{day}",a:b'
        made[id_] = Document(id_, text, meta={"title": f"第{day}篇"})
    return made


def cut(document: Document) -> list[Passage]:
    """One passage a sentence."""
    return [
        Passage(document.id, found.start(), found.end(), found.group())
        for found in re.finditer(r"[^。！]*[。！]|[^。！]+$", document.text)
    ]


def suggestions(found: Iterable[Document], model_version: str = "v1") -> list[Suggestion]:
    """Every term wherever it stands."""
    return [
        Suggestion(
            document.id,
            model_version,
            tuple(
                SuggestedSpan(
                    hit.start(),
                    hit.end(),
                    _TERMS[hit.group()],
                    hit.group(),
                    rule="terms",
                    score=0.9,
                )
                for hit in re.finditer("|".join(_TERMS), document.text)
            ),
        )
        for document in found
    ]


def plan_for(
    gateway: Gateway, workspace: Workspace, count: int, model_version: str = "v1"
) -> PushPlan:
    """A plan for the first ``count`` documents and the workspace's annotators."""
    corpus = documents(count)
    return plan(
        gateway,
        workspace,
        schema(),
        corpus,
        suggestions(corpus.values(), model_version),
        workspace.settings.annotators,
        cut=cut,
    )


def main() -> None:
    """``sync_samples.py WORKSPACE URL COUNT``: push, and say so after each batch."""
    folder, url, count = sys.argv[1:]
    workspace = open_workspace(Path(folder))
    with Gateway(url, os.environ["LABEL_STUDIO_API_KEY"]) as gateway:
        made = plan_for(gateway, workspace, int(count))
        print("planned", flush=True)  # noqa: T201 - the test reads it
        push(gateway, made, progress=lambda done, _: print(done, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
