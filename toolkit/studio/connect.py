"""Making Label Studio call the backend: as an ML backend, and by webhooks."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.errors import StudioError
from toolkit.studio.backend import EVENTS, HEADER, USER
from toolkit.studio.gateway import Gateway

_TITLE = "toolkit"


def connect(gateway: Gateway, project: int, url: str, secret: str) -> list[str]:
    """Have a project call the backend at ``url``, which has to be up; done twice it is one.

    What the project had under the same address is made anew, since its secret may be old.

    Returns:
        What the server would not do, in words.
    """
    webhook = f"{url.rstrip('/')}/webhook"
    callbacks = gateway.callbacks
    hooks, backends = callbacks.webhooks(project), callbacks.ml_backends(project)
    if webhook in hooks:
        callbacks.delete_webhook(hooks[webhook])
    if url in backends:
        callbacks.delete_ml_backend(backends[url])
    # The webhook first: with the backend the server makes one of its own, without the secret,
    # unless there is one for this address.
    refusals = [
        _refusal(
            lambda: callbacks.add_webhook(
                project,
                webhook,
                headers={HEADER: secret},
                send_payload=False,
                send_for_all_actions=False,
                actions=list(EVENTS),
            ),
            f"project {project}: no webhook, so that changes are found by polling",
        ),
        _refusal(
            lambda: callbacks.add_ml_backend(
                project,
                url,
                title=_TITLE,
                auth_method="BASIC_AUTH",
                basic_auth_user=USER,
                basic_auth_pass=secret,
            ),
            f"project {project}: no suggestions for tasks added by hand",
        ),
    ]
    return [refusal for refusal in refusals if refusal]


def _refusal(ask: Callable[[], None], what: str) -> str:
    try:
        ask()
    except StudioError as error:
        return f"{what} ({error.what})"
    return ""
