"""A local server with vLLM's schema that runs the embedded model by transformers' own code, and fails when told to.

It knows nothing of mmreason but the weights: it renders messages, decodes pictures, resizes and tokenises by itself.
"""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import PIL.Image
import torch
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from mmreason.models.loading import TINY, where

Fault = Callable[[int, str, dict[str, Any]], str]
"""Of the number of the request, its path and body: what goes wrong, empty for nothing."""


class Vllm:
    """What the server holds and has seen."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.url = fault, ""
        self.model: Any = AutoModelForImageTextToText.from_pretrained(where(TINY)).eval()
        self.processor: Any = AutoProcessor.from_pretrained(where(TINY))
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paused, self.updating, self.version, self.ready = False, False, "", False
        self.lock = threading.Lock()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What vLLM would say."""
        if path.startswith("/v1/"):
            if self.paused or self.updating:
                return 503, {"error": {"message": "paused"}}
            return 200, self.generate(body, self.asked(path, body))
        return self.control(path.partition("?")[0], body)

    def control(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Pause, the four calls of a weight update, resume; in another order they are refused."""
        if path == "/pause":
            self.paused = True
        elif path == "/resume":
            self.paused = False
        elif path == "/init_weight_transfer_engine":
            self.ready = body["init_info"] == {}
        elif path == "/start_weight_update" and self.ready and self.paused:
            self.updating = True
        elif path == "/update_weights" and self.updating:
            folder = Path(body["update_info"]["path"])
            found = {k: v for file in sorted(folder.glob("*.safetensors")) for k, v in load_file(file).items()}
            missing, odd = self.model.load_state_dict(found, strict=False)
            if odd or set(missing) - {"lm_head.weight"}:
                return 400, {"error": {"message": f"weights do not fit: {odd[:1]} {missing[:1]}"}}
        elif path == "/finish_weight_update" and self.updating:
            self.updating, self.version = False, body["weight_version"]
        else:
            return 404, {"detail": "Not Found"}
        return 200, {"message": "done"}

    def asked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Token ids and pixels of a request."""
        if path == "/v1/completions":
            return {"input_ids": torch.tensor([body["prompt"]])}
        pictures = []
        for message in body["messages"]:
            for part in message["content"]:
                if part["type"] == "image_url":
                    _, _, data = part["image_url"]["url"].partition("base64,")
                    pictures.append(PIL.Image.open(io.BytesIO(base64.b64decode(data))))
        plain = [
            {"role": m["role"], "content": [{"type": "image"} if p["type"] == "image_url" else p for p in m["content"]]}
            for m in body["messages"]
        ]
        text = self.processor.apply_chat_template(plain, tokenize=False, add_generation_prompt=True)
        return dict(self.processor(text=[text], images=pictures, return_tensors="pt"))

    @torch.no_grad()
    def generate(self, body: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
        """Token by token, each from the whole sequence anew."""
        rng = torch.Generator().manual_seed(body["seed"])
        prompt = inputs["input_ids"][0].tolist()
        pixels = {k: inputs[k] for k in ("pixel_values", "image_grid_thw") if k in inputs}
        tokens: list[int] = []
        logprobs: list[float] = []
        finish = "length"
        while len(tokens) < body["max_tokens"] and finish == "length":
            ids = torch.tensor([[*prompt, *tokens]])
            kinds = {}
            if pixels:
                kinds = {"mm_token_type_ids": (ids == self.model.config.image_token_id).int()}
            with self.lock:
                logits = self.model(input_ids=ids, attention_mask=torch.ones_like(ids), **pixels, **kinds).logits[0, -1]
            raw = logits.float().log_softmax(-1)
            biased = logits.float().clone()
            for token, bias in body.get("logit_bias", {}).items():
                biased[int(token)] += bias
            heat = body["temperature"]
            token = int(
                biased.argmax() if heat == 0 else torch.multinomial((biased / heat).softmax(-1), 1, generator=rng)
            )
            tokens.append(token)
            logprobs.append(float(raw[token]))
            text = self.processor.tokenizer.decode(tokens)
            if token in body["stop_token_ids"] or any(stop in text for stop in body["stop"]):
                finish = "stop"
        choice: dict[str, Any] = {"index": 0, "finish_reason": finish, "token_ids": tokens}
        if "messages" in body:
            choice["logprobs"] = {"content": [{"token": "", "logprob": x} for x in logprobs]}
            return {"choices": [choice], "prompt_token_ids": prompt}
        choice |= {"prompt_token_ids": prompt, "logprobs": {"token_logprobs": logprobs, "tokens": []}}
        return {"choices": [choice]}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vllm: Vllm

    def log_message(self, format: str, *args: Any) -> None: ...

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else {}
        with self.vllm.lock:
            number = len(self.vllm.paths)
            self.vllm.paths.append(self.path)
            self.vllm.bodies.append(body)
            self.vllm.headers.append(dict(self.headers))
        try:
            self.reply(self.vllm.fault(number, self.path, body), body)
        except OSError:
            self.close_connection = True

    def reply(self, fault: str, body: dict[str, Any]) -> None:
        name, _, value = fault.partition(":")
        if name == "status":
            self.send(int(value), b'{"error": {"message": "told so"}}')
            return
        if name == "slam":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if name == "body":
            self.send(200, value.encode())
            return
        status, found = self.vllm.answer(self.path, body)
        if name == "edit":
            found = json.loads(json.dumps(found))
            exec_edit(found, value)
        self.send(status, json.dumps(found).encode())

    def send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def exec_edit(found: dict[str, Any], what: str) -> None:
    """Spoil a reply in one of the ways that would be learned from."""
    choice = found["choices"][0]
    if what == "no_ids":
        del choice["token_ids"]
    elif what == "short":
        (choice["logprobs"].get("content") or choice["logprobs"]["token_logprobs"]).pop()
    elif what == "media":
        choice["token_ids"][0] = 5
    elif what == "prompt":
        (choice.get("prompt_token_ids") or found["prompt_token_ids"])[0] += 1
    elif what == "pixels":
        prompt = choice.get("prompt_token_ids") or found["prompt_token_ids"]
        prompt.remove(5)


def fine(number: int, path: str, body: dict[str, Any]) -> str:
    return ""


@contextmanager
def vllm_server(fault: Fault = fine) -> Iterator[Vllm]:
    """A server on a free port of this machine."""
    vllm = Vllm(fault)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), {"vllm": vllm}))
    server.daemon_threads = True
    vllm.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield vllm
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
