"""The inspector's server, asked over real HTTP: what it gives out, what it refuses, and to whom."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from mmreason.inspector.serve import API, Gate, hosts_for, is_loopback, name_of
from tests.mmreason.inspector.browser import PNG

pytest.importorskip("fastapi", reason="the inspector's server needs the extra demo")
uvicorn = pytest.importorskip("uvicorn", reason="the inspector's server needs the extra demo")

SECRET = b"the key under the mat"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run in it, made by somebody who would like to read what lies beside it."""
    top = tmp_path_factory.mktemp("world")
    run, outside = top / "run & co", top / "outside"
    for folder in (run / "media", run / "traces", outside, top / "uploads"):
        folder.mkdir(parents=True)
    (outside / "secret.png").write_bytes(SECRET)
    (top / "run & co.png").write_bytes(SECRET)
    (run / "metrics.jsonl").write_text("{}\n")
    (run / "media" / "a b.png").write_bytes(PNG)
    (run / "media" / "page.html").write_text("<script>alert(1)</script>")
    (run / "media" / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")
    (run / "media" / "lie.png").write_text("<script>alert(1)</script>")
    (run / "media" / "link.png").symlink_to(outside / "secret.png")
    (run / "media" / "folder").symlink_to(outside)
    (run / "media" / "inner.png").symlink_to("a b.png")
    (top / "uploads" / "mine.png").write_bytes(PNG)
    (top / "uploads" / "link.png").symlink_to(outside / "secret.png")
    return top


@pytest.fixture(scope="module")
def port(world: Path) -> Iterator[int]:
    """The file server behind its gate, as the inspector puts it together, with a stand-in for Gradio's routes."""
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse

    from mmreason.inspector.opened import Opened
    from mmreason.inspector.serve import add_files

    server = FastAPI()
    add_files(server, Opened([world / "run & co"]).file)

    @server.api_route("/{path:path}", methods=["GET", "POST"])
    def reached(path: str) -> PlainTextResponse:
        return PlainTextResponse(f"reached {path}")

    gate = Gate(server, hosts_for("127.0.0.1"), world / "uploads")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    web = uvicorn.Server(uvicorn.Config(gate, host="127.0.0.1", port=number, log_level="error"))
    ready = threading.Event()
    startup = web.startup

    async def told(sockets: object = None) -> None:
        await startup()
        ready.set()

    web.startup = told  # type: ignore[method-assign, assignment]
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    assert ready.wait(30)
    yield number
    web.should_exit = True
    thread.join(10)


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Send exactly this path: nothing is tidied up on the way."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            link.putheader(name, value)
        link.endheaders()
        answer = link.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        link.close()


RUN = quote("run & co")


def test_a_picture_of_an_opened_run_is_given_out(port: int) -> None:
    for path in (f"/files/{RUN}/media/a%20b.png", f"/files/{RUN}/media/inner.png"):
        status, content, headers = ask(port, path)
        assert (status, content, headers["content-type"]) == (200, PNG, "image/png")
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_what_claims_to_be_a_picture_is_sent_as_one(port: int) -> None:
    status, _, headers = ask(port, f"/files/{RUN}/media/lie.png")
    assert (status, headers["content-type"], headers["x-content-type-options"]) == (200, "image/png", "nosniff")


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.png",
        "media/../../outside/secret.png",
        "..%2Foutside%2Fsecret.png",
        "%2e%2e/outside/secret.png",
        "%2e%2e%2foutside%2fsecret.png",
        "%252e%252e%252foutside%252fsecret.png",
        "..%5Coutside%5Csecret.png",
        "....//outside/secret.png",
        "media/..;/../outside/secret.png",
        "/etc/hostname.png",
        "%2Fetc%2Fpasswd",
        "//etc/passwd",
        "C:%5Cwindows%5Cwin.png",
        "file:%2F%2F%2Fetc%2Fpasswd",
        "media/link.png",
        "media/folder/secret.png",
        "media/a%20b.png%00.html",
        "media",
        "",
        ".",
        "~/secret.png",
        "media/%ff.png",
        "media/" + "a" * 5000 + ".png",
        "metrics.jsonl",
        "traces",
        "media/page.html",
        "media/drawing.svg",
    ],
)
def test_nothing_else_is(port: int, path: str) -> None:
    status, content, _ = ask(port, f"/files/{RUN}/{path}")
    assert status in (404, 405, 400)
    assert SECRET not in content
    assert b"root:" not in content


@pytest.mark.parametrize("run", ["..", "%2e%2e", "other", "run%20&%20co%2F..", RUN + "%00", ""])
def test_only_opened_runs_have_files(port: int, run: str) -> None:
    for path in ("outside/secret.png", "media/a%20b.png", "run%20&%20co.png"):
        status, content, _ = ask(port, f"/files/{run}/{path}")
        assert status == 404
        assert SECRET not in content


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.", "0.0.0.0", "[::"])
def test_a_foreign_host_is_refused(port: int, host: str) -> None:
    """A page elsewhere that lets its own name lead to this machine reads nothing."""
    assert ask(port, "/", host=host)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:7860", "LOCALHOST", "[::1]:7860"])
def test_our_own_names_are_not(port: int, host: str) -> None:
    assert ask(port, "/", host=host)[0] == 200


def test_a_foreign_origin_sends_nothing(port: int) -> None:
    path, ours = "/gradio_api/queue/join", f"127.0.0.1:{port}"
    assert ask(port, path, "POST", origin="http://evil.example")[0] == 403
    assert ask(port, path, "POST", origin="null")[0] == 403
    assert ask(port, path, "POST", origin=f"http://{ours}")[0] == 200
    assert ask(port, path, "POST")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://example.org/",
        "/gradio_api/file=http://example.org/a.png",
        "/gradio_api/vibe-edit/",
        "/gradio_api/runs",
        "/gradio_api/run-history/buckets",
        "/gradio_api/process_recording",
        "/gradio_api/component_server",
        "/gradio_api/run/predict",
        "/gradio_api/call/predict",
        "/gradio_api/custom_component/1/client/component/..",
        "/gradio_api/deep_link",
        "/monitoring",
        "/login",
        "/docs",
        "/openapi.json",
        "/pwa_icon",
        "/gradio_api/%2e%2e/monitoring",
        "/assets/../monitoring",
        "/static/%2e%2e/%2e%2e/secret",
    ],
)
def test_routes_that_the_page_does_not_need_are_closed(port: int, path: str) -> None:
    status, content, _ = ask(port, path)
    assert status == 404
    assert not content.startswith(b"reached")


def test_routes_that_it_needs_are_open(port: int) -> None:
    for path in ("/", "/assets/index.js", "/theme.css", *(f"/gradio_api/{name}" for name in sorted(API))):
        assert ask(port, path)[1].startswith(b"reached"), path


@pytest.mark.parametrize("form", ["{}", "/{}", "{}/", "x/../{}"])
def test_only_uploads_are_read_back(port: int, world: Path, form: str) -> None:
    for path in (world / "outside" / "secret.png", world / "run & co" / "media" / "a b.png", Path("/etc/passwd")):
        assert ask(port, "/gradio_api/file=" + quote(form.format(path)))[0] == 404


def test_an_upload_is_read_back_but_no_link_out_of_the_folder(port: int, world: Path) -> None:
    assert ask(port, f"/gradio_api/file={world}/uploads/mine.png")[0] == 200
    for name in ("link.png", "../outside/secret.png", "..%2foutside%2fsecret.png", "%2e%2e/outside/secret.png"):
        assert ask(port, f"/gradio_api/file={world}/uploads/{name}")[0] == 404, name


def test_a_server_for_others_takes_any_name() -> None:
    assert hosts_for("0.0.0.0") == frozenset()
    assert is_loopback("127.0.0.8")
    assert is_loopback("::1")
    assert not is_loopback("192.168.1.4")
    assert not is_loopback("example.org")
    assert name_of("[not an address") == ""
