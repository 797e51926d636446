"""``mmreason demo RUN ...``: opens runs and live checkpoints in the browser."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

from mmreason.cli.options import Options, parse
from mmreason.cli.suggest import CommandError, unknown

if TYPE_CHECKING:
    from mmreason.inspector.opened import Opened
    from mmreason.inspector.room import Room
    from mmreason.models.specs import Policy
    from mmreason.recipe import Recipe

TINY = "mmreason-tiny"
PORT = 7860


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What is opened, and who may look.

    Args:
        runs: folders of runs; without any only the live tab is there.
        checkpoint: for the live tab: a run (its newest checkpoint), a checkpoint folder, mmreason-tiny, or a hub id.
        recipe: whose rewards score live answers at first; that of the first run if not given.
        host: address to listen on. Only this machine can reach 127.0.0.1; with another one, others may look at the
            opened runs and ask the offered checkpoints.
        port: to listen on; the next free one if it is taken. 0 takes any.
        max_upload: megabytes of an uploaded picture or video.
        device: of the live checkpoint: auto, cpu or cuda.
    """

    runs: tuple[Path, ...] = ()
    checkpoint: str | None = None
    recipe: str | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    max_upload: int = 100
    device: str = "auto"

    def check(self) -> None:
        """Refuse what cannot be opened, before anything heavy is loaded.

        Raises:
            CommandError: naming the option.
        """
        if not 0 <= self.port <= 65535:
            raise CommandError(f"--port: expected 0 to 65535, got {self.port}")
        if not 1 <= self.max_upload <= 4096:
            raise CommandError(f"--max-upload: expected 1 to 4096 megabytes, got {self.max_upload}")
        for path in self.runs:
            if not path.is_dir():
                raise CommandError(f"{path} is no folder; give the folder of a run, such as runs/quickstart")


def command(words: list[str]) -> int:
    """Open the inspector."""
    about = "Look at runs and ask live checkpoints, in the browser. It stays on this machine unless --host says else."
    groups = [Options("demo", DemoOptions, first={"runs": "RUN"})]
    (given,) = parse(groups, words, "mmreason demo", about)
    options = DemoOptions(**given)
    options.check()
    if find_spec("gradio") is None:
        raise CommandError("the inspector needs gradio: pip install 'mmreason[demo]'")
    with TemporaryDirectory(prefix="mmreason-demo-") as scratch:
        serve(options, Path(scratch))
    return 0


def serve(options: DemoOptions, scratch: Path, framed: str = "'none'") -> None:
    """Listen until somebody stops it.

    Args:
        options: what is opened.
        scratch: private folder for uploads and live answers.
        framed: who may show the page in a frame.
    """
    uploads = scratch / "uploads"
    uploads.mkdir()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)  # not one that other programs share
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    room = open_room(options, scratch)
    from mmreason.inspector.app import make_server
    from mmreason.inspector.serve import listen

    Thread(target=prepare, args=(room.runs,), name="words", daemon=True).start()
    port = free_port(options.host, options.port)
    app = make_server(room, options.host, uploads, framed)
    listen(app, options.host, port, lambda: tell(options, port))


def prepare(runs: Opened) -> None:
    """Index the words of all samples, so that the first search need not wait for it."""
    for name in runs:
        runs[name].index().prepare_search()


def tell(options: DemoOptions, port: int) -> None:
    """Say where it is."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    opened = ", ".join(str(path) for path in options.runs) or "no run; the live tab is there"
    sys.stdout.write(f"opened  {opened}\nlook at http://{host}:{port}/   (Ctrl-C stops it)\n")
    sys.stdout.flush()


def open_room(options: DemoOptions, scratch: Path) -> Room:
    """Open the runs and say what may be asked."""
    from mmreason.inspector.live import Desk
    from mmreason.inspector.live_question import Drawer
    from mmreason.inspector.opened import Opened
    from mmreason.inspector.room import Room
    from mmreason.inspector.serve import is_loopback

    runs = Opened(options.runs)
    offered = dict.fromkeys([*([options.checkpoint] if options.checkpoint else []), TINY, *map(str, options.runs)])
    alone = is_loopback(options.host)
    if options.recipe and options.recipe not in known():
        raise CommandError(unknown("recipe", options.recipe, known()))
    recipe = options.recipe or next((name for name in map(partial(recipe_name, runs), runs) if name), "")
    return Room(
        runs=runs,
        desk=Desk(partial(find_model, device=options.device, only=None if alone else tuple(offered))),
        drawer=Drawer(scratch / "drawn"),
        live=scratch / "live",
        checkpoints=tuple(offered),
        load_recipes=known,
        recipe=recipe,
        any_checkpoint=alone,
        most_bytes=options.max_upload << 20,
    )


def recipe_name(runs: Opened, name: str) -> str:
    """Name of the recipe of an opened run."""
    return runs[name].info().recipe


def known() -> Mapping[str, Callable[[], Recipe]]:
    """Every recipe by name, as its tiny preset; built when it is asked for."""
    from mmreason.cli.recipes import build_recipe, known_recipes

    return {name: partial(build_recipe, build, {}) for name, build in sorted(known_recipes().items())}


def find_model(name: str, device: str = "auto", only: tuple[str, ...] | None = None) -> tuple[Policy, Path | None]:
    """Find a live checkpoint.

    Args:
        name: what somebody chose or typed.
        device: where it runs.
        only: what may be chosen; None for anything.

    Raises:
        CheckpointError: there is none.
        CommandError: it is not among those that are offered.
    """
    from mmreason.cli.checkpoints import find_checkpoint, split_adapter
    from mmreason.models.specs import Policy

    if only is not None and name not in only:
        raise CommandError(f"this server offers {', '.join(only)}")
    model, lora, adapter = split_adapter(find_checkpoint(name))
    return Policy(model=model, lora=lora, device=device), adapter


def free_port(host: str, port: int) -> int:
    """Give a port that is free: the one asked for, or one of the next twenty.

    Raises:
        CommandError: the address is not one of this machine, or all of them are taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in range(port, min(port + 20, 65535) + 1) if port else (0,):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, number))
            except PermissionError:
                raise CommandError(f"--port: {number} may not be used by you; give one above 1023") from None
            except socket.gaierror:
                raise CommandError(f"--host: {host!r} is no address of this machine") from None
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError(f"--port: {port} and the next twenty are taken, or {host!r} is no address of this machine")
