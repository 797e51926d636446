"""A local server that speaks vLLM's schema, log-probs included, and fails when told in the ways that servers do."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

P = TypeVar("P")
FIRST = {"1": math.log(0.6), "0": math.log(0.15), " 1": math.log(0.1), "the": math.log(0.05)}
"""The first new token's most likely ones."""
Fault = Callable[[int, dict[str, Any]], str]
"""Of the number of the request and its body: what goes wrong, empty for nothing."""


def char_logprob(char: str) -> float:
    """Log-prob of one character: the model's tokens are characters that do not depend on what stands before."""
    return -0.01 * (ord(char) % 50) - 0.05


def option_logprob(option: str) -> float:
    return sum(map(char_logprob, option))


def all_text(body: dict[str, Any]) -> str:
    """Everything that was said to it."""
    if "prompt" in body:
        return str(body["prompt"])
    contents = [message["content"] for message in body["messages"]]
    return "\n".join(c if isinstance(c, str) else "".join(p.get("text", "") for p in c) for c in contents)


def replied(body: dict[str, Any], text: str, ignores: bool = False) -> dict[str, Any]:
    """What vLLM answers."""
    chat, said = "messages" in body, all_text(body)
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop", "logprobs": None}
    out: dict[str, Any] = {"object": "chat.completion" if chat else "text_completion", "model": body["model"]}
    if body.get("echo"):
        said += text[:1]
        offsets = list(range(len(said)))
        logprobs = [None, *map(char_logprob, said[1:])]
        choice["logprobs"] = {"tokens": list(said), "token_logprobs": logprobs, "text_offset": offsets}
    elif body.get("logprobs"):
        top = [{"token": token, "logprob": x, "bytes": list(token.encode())} for token, x in FIRST.items()]
        choice["logprobs"] = {"content": [top[0] | {"top_logprobs": top}]} if chat else {"top_logprobs": [FIRST]}
    if body.get("prompt_logprobs") is not None:
        rows = [{str(ord(c)): {"logprob": char_logprob(c), "rank": 3, "decoded_token": c}} for c in said]
        out["prompt_logprobs"] = [
            None,
            *({**row, "9": {"logprob": -0.01, "rank": 1, "decoded_token": "x"}} for row in rows),
        ]
    if ignores:
        choice["logprobs"] = None
        out.pop("prompt_logprobs", None)
    choice |= (
        {"message": {"role": "assistant", "content": text}} if chat else {"text": said if body.get("echo") else text}
    )
    return out | {"choices": [choice], "usage": {"prompt_tokens": len(said), "completion_tokens": len(text)}}


class Vllm:
    """What the server knows and has seen."""

    def __init__(self, fault: Fault, says: Callable[[dict[str, Any]], str]) -> None:
        self.fault, self.says = fault, says
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.active = self.most = 0
        self.lock = threading.Lock()
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vllm: Vllm

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_POST(self) -> None:
        vllm, body = self.vllm, json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with vllm.lock:
            number = len(vllm.bodies)
            vllm.bodies.append(body)
            vllm.headers.append(dict(self.headers))
            vllm.times.append(time.monotonic())
            vllm.active += 1
            vllm.most = max(vllm.most, vllm.active)
        try:
            self.fail(vllm.fault(number, body), body)
        except OSError:  # the client has gone
            self.close_connection = True
        finally:
            with vllm.lock:
                vllm.active -= 1

    def fail(self, fault: str, body: dict[str, Any]) -> None:
        good = json.dumps(replied(body, self.vllm.says(body), ignores=fault == "ignores")).encode()
        name, _, value = fault.partition(":")
        if name == "slow":
            time.sleep(float(value or 0.5))
        if name in ("", "slow", "ignores"):
            self.send(200, good)
        elif name == "drip":  # each byte in time, all of them never
            self.send(200, b"", {"Content-Length": "1000"})
            for _ in range(20):
                self.wfile.write(b" ")
                time.sleep(0.05)
        elif name == "cut":
            self.send(200, good[: len(good) // 2], {"Content-Length": str(len(good))})
            self.close_connection = True
        elif name == "slam":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif name == "body":
            self.send(200, value.encode())
        elif name == "huge":
            self.send(200, b" " * 200_000)
        elif name == "echo_key":
            said = json.dumps({"error": {"message": f"odd request of {self.headers['Authorization']}"}})
            self.send(int(value), said.encode())
        else:
            status, _, wait = value.partition(":")
            headers = {"Retry-After": wait} if wait else {}
            self.send(int(status), b'{"error": {"message": "told so"}}', headers)

    def send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


def fine(number: int, body: dict[str, Any]) -> str:
    return ""


def scores(body: dict[str, Any]) -> str:
    return "{score: 0.5}"


@contextmanager
def served(fault: Fault = fine, says: Callable[[dict[str, Any]], str] = scores) -> Iterator[Vllm]:
    """A server on a free port of this machine."""
    vllm = Vllm(fault, says)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), {"vllm": vllm}))
    server.daemon_threads = True
    vllm.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield vllm
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def playing(part: P) -> P:
    """A part that the helpers of other tests can put into a run."""
    part.joins = lambda run: None  # type: ignore[attr-defined]
    return part


def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
