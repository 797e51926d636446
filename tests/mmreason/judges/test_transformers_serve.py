"""Asks ``transformers serve``, with the embedded model, on this machine: a real server that has no log-probs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from mmreason.asks import JUDGE
from mmreason.errors import CheckError
from mmreason.judges.asks import Judge
from mmreason.judges.local import LocalJudge
from mmreason.judges.server import OpenAIServer
from mmreason.models.loading import TINY, where
from mmreason.models.specs import Policy
from mmreason.run import Run
from tests.mmreason.models.scene import picture
from vision_data.messages import user

COMMAND = shutil.which("transformers") or shutil.which("transformers", path=str(Path(sys.executable).parent))
HAS_SERVER = COMMAND is not None and all(find_spec(name) for name in ("fastapi", "uvicorn", "openai"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_SERVER, reason="needs `transformers serve`: pip install 'transformers[serving]'"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAIServer]:
    """The server, once it says that it is well."""
    folder = str(where(TINY))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    log = (tmp_path_factory.mktemp("serve") / "log").open("w+")
    command = [str(COMMAND), "serve", folder, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process)
        yield OpenAIServer(url=f"http://127.0.0.1:{port}/v1", model=folder, cache=None, seconds=120.0)
    finally:
        process.terminate()
        process.wait()
        log.close()


def wait_for(address: str, process: subprocess.Popen[Any]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < 300:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError("the server did not start within five minutes")


ASKED = [
    Judge(JUDGE, (user("How many stops does Line 3 have?"),), limit=12),
    Judge(JUDGE, (user(picture(0, 168, 112), "\nHow many?"),), limit=12),
]


def test_replies_are_those_of_the_same_model_in_this_process(server: OpenAIServer) -> None:
    """Text and a picture: what the server says greedily is what the local judge says."""
    local = LocalJudge(Policy(model=TINY)).open(Run({})).answer(ASKED)
    run = Run({})
    served = server.open(run)
    assert served.answer(ASKED) == local
    counts = run.ledger.snapshot()
    assert counts["judge/requests"] == 2
    assert counts["judge/reply_tokens"] > 0
    assert counts["judge/prompt_tokens"] > 20


def test_a_client_that_needs_logprobs_notices_that_there_are_none(server: OpenAIServer) -> None:
    with pytest.raises(CheckError, match="the server ignores the request for log-probs"):
        server.open(Run({})).answer([Judge(JUDGE, (user("Which?"),), limit=0, options=("1", "0"))])


def test_a_field_that_it_does_not_know_stops_with_its_own_words(server: OpenAIServer) -> None:
    odd = replace(server, extra=(("no_such_field", 1),))
    with pytest.raises(CheckError, match=r"HTTP 422: Unexpected fields in the request: .'no_such_field'.; it does not"):
        odd.open(Run({})).answer(ASKED[:1])
