"""A proxy between the toolkit and Label Studio that harms the requests it is told to harm."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_READ_BYTES = 65536
_RESET_AT_ONCE = struct.pack("ii", 1, 0)
_STATUS_LINES = {
    429: "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1",
    500: "HTTP/1.1 500 Internal Server Error",
    502: "HTTP/1.1 502 Bad Gateway",
    504: "HTTP/1.1 504 Gateway Timeout",
}

Answer = Callable[["Exchange"], None]


@dataclass(slots=True)
class Exchange:
    """One request on its way: what the client sent, and the two things a fault can do."""

    request: bytes
    body_at: int
    client: socket.socket
    server: tuple[str, int]

    @property
    def is_write(self) -> bool:
        """Whether the request asks for a change."""
        return not self.request.startswith((b"GET ", b"HEAD "))

    def forward(self) -> bytes:
        """The server's whole answer to the whole request."""
        with socket.create_connection(self.server, timeout=120) as there:
            there.sendall(self.request)
            return b"".join(iter(lambda: there.recv(_READ_BYTES), b""))

    def forward_half(self) -> None:
        """Send the server its head and half of its body, and hang up."""
        with socket.create_connection(self.server, timeout=120) as there:
            there.sendall(self.request[: (self.body_at + len(self.request)) // 2])

    def reply(self, answer: bytes) -> None:
        """Send the client something."""
        self.client.sendall(answer)

    def reply_status(self, status: int) -> None:
        """Send the client an answer of our own."""
        body = b'{"detail": "a fault was injected"}'
        head = (
            f"{_STATUS_LINES[status]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        self.client.sendall(head.encode() + body)

    def reset(self) -> None:
        """End the client's connection without a good-bye."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)


@dataclass(slots=True)
class Fault:
    """``act`` is done instead of forwarding the ``at``-th request, or the ``at``-th write."""

    name: str
    act: Answer
    at: int
    writes_only: bool
    fired: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Listens on a port of its own while it is open; forwards what no fault is meant for."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.requests = 0
        self.writes = 0
        self._fault: Fault | None = None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @contextlib.contextmanager
    def harming(self, fault: Fault | None) -> Iterator[None]:
        """Count requests from here on, and do this to one of them."""
        with self._lock:
            self.requests = self.writes = 0
            self._fault = fault
        try:
            yield
        finally:
            with self._lock:
                self._fault = None

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        # A connection that is refused or cut is what this is for: the client finds out.
        with client, contextlib.suppress(OSError):
            client.settimeout(120)
            exchange = _read(client, self.server)
            if exchange is None:
                return
            fault = self._meant_for(exchange)
            if fault is None:
                exchange.reply(exchange.forward())
                return
            fault.fired.set()
            try:
                fault.act(exchange)
            finally:
                fault.ended.set()

    def _meant_for(self, exchange: Exchange) -> Fault | None:
        with self._lock:
            self.requests += 1
            self.writes += exchange.is_write
            fault = self._fault
            if fault is None or (fault.writes_only and not exchange.is_write):
                return None
            if (self.writes if fault.writes_only else self.requests) != fault.at:
                return None
            self._fault = None
            return fault


def _read(client: socket.socket, server: tuple[str, int]) -> Exchange | None:
    """One request, made to ask for a connection of its own; null where none comes."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = client.recv(_READ_BYTES)
        if not more:
            return None
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    length = next((int(v) for k, _, v in map(_parted, lines) if k == b"content-length"), 0)
    while len(body) < length:
        more = client.recv(_READ_BYTES)
        if not more:
            return None
        body += more
    head = b"\r\n".join([*lines, b"Connection: close", b"", b""])
    return Exchange(head + body, len(head), client, server)


def _parted(line: bytes) -> tuple[bytes, bytes, bytes]:
    name, colon, value = line.partition(b":")
    return name.lower(), colon, value


def cut(exchange: Exchange) -> None:
    """The connection breaks before the server has heard of it."""
    exchange.reset()


def cut_in_request(exchange: Exchange) -> None:
    """The connection breaks while the request is sent."""
    exchange.forward_half()
    exchange.reset()


def cut_after(exchange: Exchange) -> None:
    """The server does it, and its answer gets lost."""
    exchange.forward()


def cut_in_answer(exchange: Exchange) -> None:
    """The server does it, and half of its answer gets lost."""
    answer = exchange.forward()
    exchange.reply(answer[: len(answer) // 2])


def refuse(status: int) -> Answer:
    """Somebody on the way answers so, and the server hears nothing."""

    def act(exchange: Exchange) -> None:
        exchange.reply_status(status)

    return act


def fail_after(status: int) -> Answer:
    """The server does it, and the answer is this."""

    def act(exchange: Exchange) -> None:
        exchange.forward()
        exchange.reply_status(status)

    return act


def slow(seconds: float) -> Answer:
    """The server does it at once, and its answer comes so much later."""

    def act(exchange: Exchange) -> None:
        answer = exchange.forward()
        time.sleep(seconds)
        exchange.reply(answer)

    return act


def late(seconds: float) -> Answer:
    """The request comes to the server so much later, when nobody waits for it any more."""

    def act(exchange: Exchange) -> None:
        time.sleep(seconds)
        exchange.reply(exchange.forward())

    return act


def killing(kill: Callable[[], None], after: float) -> Answer:
    """Something is killed so long after the request left; an answer comes if it can."""

    def act(exchange: Exchange) -> None:
        timer = threading.Timer(after, kill)
        timer.start()
        try:
            exchange.reply(exchange.forward())
        finally:
            timer.join()

    return act
