"""What Label Studio is answered when it calls the backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from starlette.testclient import TestClient

from tests.test_studio import sync_samples
from toolkit.model import Document, SuggestedSpan, Suggestion
from toolkit.schema import LabelSchema
from toolkit.studio.backend import HEADER, application

SECRET = "open sesame"


class _Wuhan:
    """Suggests the place 武汉 wherever it stands."""

    model_version = "places-1"

    def __init__(self) -> None:
        self.schema: LabelSchema = sync_samples.schema()

    def __call__(self, documents: Sequence[Document]) -> list[Suggestion]:
        return [self._one(document) for document in documents]

    def _one(self, document: Document) -> Suggestion:
        start = document.text.find("武汉")
        spans = (
            ()
            if start < 0
            else (SuggestedSpan(start, start + 2, "LOC", "武汉", rule="loc", score=0.9),)
        )
        return Suggestion(document.id, self.model_version, spans)


class _Calls(list[str]):
    def hint(self) -> None:
        self.append("hint")

    def fit(self) -> None:
        self.append("fit")


@pytest.fixture
def calls() -> _Calls:
    """What the backend made of webhooks."""
    return _Calls()


@pytest.fixture
def stranger(calls: _Calls) -> Iterator[TestClient]:
    """Somebody who doesn't say the secret."""
    app = application(SECRET, _Wuhan, hint=calls.hint, fit=calls.fit)
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def client(stranger: TestClient) -> TestClient:
    """Somebody who does, as Label Studio's ML backends do."""
    stranger.auth = ("toolkit", SECRET)
    return stranger


@pytest.mark.parametrize("password", [None, "wrong", ""])
def test_health_needs_no_secret_and_all_else_does(
    stranger: TestClient, password: str | None
) -> None:
    """Without the secret, or with a wrong one, only the health is told."""
    if password is not None:
        stranger.auth = ("toolkit", password)
    assert stranger.get("/health").json()["status"] == "UP"
    for path in ("/setup", "/predict", "/webhook"):
        assert stranger.post(path, json={"tasks": []}).status_code == 401
    assert stranger.get("/versions").status_code == 401


def test_the_header_of_webhooks_says_the_secret_too(stranger: TestClient) -> None:
    """Label Studio's webhooks can send headers and no password."""
    answer = stranger.post("/setup", json={}, headers={HEADER: SECRET})
    assert answer.json() == {"model_version": "places-1"}
    assert stranger.post("/setup", json={}, headers={HEADER: "wrong"}).status_code == 401


def test_a_task_gets_what_the_rules_propose(client: TestClient) -> None:
    """The prediction names the version and has the region's offsets in the task's own text."""
    tasks = [{"id": 7, "data": {"text": "他到武汉。"}}, {"id": 8, "data": {"text": "没有。"}}]
    answer = client.post("/predict", json={"tasks": tasks, "label_config": "<View/>"}).json()
    ((first,), (second,)) = answer["results"]
    assert first["model_version"] == answer["model_version"] == "places-1"
    assert [region["value"]["labels"] for region in first["result"]] == [["LOC"]]
    assert (first["result"][0]["value"]["start"], first["result"][0]["value"]["end"]) == (2, 4)
    assert second["result"] == []


def test_control_tasks_and_tasks_without_text_get_no_prediction(
    client: TestClient,
) -> None:
    """No prediction at all is not an empty one: nothing is said to have been shown."""
    tasks = [
        {"id": 1, "data": {"text": "武汉", "control": True}},
        {"id": 2, "data": {"image": "x.png"}},
        {"id": 3},
        {"id": 4, "data": {"text": ""}},
        {"id": 5, "data": {"text": "武汉"}},
    ]
    results = client.post("/predict", json={"tasks": tasks}).json()["results"]
    assert [len(one) for one in results] == [0, 0, 0, 0, 1]


def test_a_request_that_is_none_is_refused(client: TestClient) -> None:
    """What isn't JSON, or has no tasks, is an error of the caller."""
    assert client.post("/predict", content=b"{").status_code == 400
    assert client.post("/predict", json={"task": []}).status_code == 400


def test_webhooks_are_hints_and_training_is_a_scorecard(client: TestClient, calls: _Calls) -> None:
    """Events of annotations hint, START_TRAINING fits, and the rest is let pass."""
    for action in ("ANNOTATION_CREATED", "PROJECT_UPDATED", "START_TRAINING", "TASKS_DELETED"):
        assert client.post("/webhook", json={"action": action}).status_code == 202
    assert client.post("/webhook", json={}).status_code == 202
    assert calls == ["hint", "fit", "hint"]
