"""Replies kept on disk, so that no question is paid for twice: bounded, and shared by any number of processes."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmreason.judges.replies import Reply

logger = logging.getLogger(__name__)
VERSION = 1
"""Of what a file holds; part of every key."""


def key_of(*what: Any) -> str:
    """Hash anything that JSON can hold; equal content, equal key."""
    text = json.dumps([VERSION, *what], sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


class ReplyCache:
    """One small file per reply, named by the hash of what was asked; it holds the reply and nothing of the question.

    A file is written beside its place and then renamed, so that readers find the whole or nothing; one that is damaged
    counts as not there. Over ``most_bytes`` those used longest ago go. Where the disk refuses, nothing is kept and the
    run goes on.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self.added = most_bytes
        """Bytes written since the folder was measured: the first reply measures it."""
        self.works = True

    def get(self, key: str) -> Reply | None:
        """Give a reply; None where it is not kept."""
        path = self.path(key)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            os.utime(path)
        except (OSError, ValueError):
            return None
        return reply_from(found)

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply."""
        if not self.works:
            return
        text = json.dumps(asdict(reply))
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(draft, path)
            finally:
                Path(draft).unlink(missing_ok=True)
            self.added += len(text)
            if self.added > self.most_bytes // 16:
                self.trim()
        except OSError as error:
            self.works = False
            logger.warning("replies are no longer kept in %s: %s", self.folder, error.strerror)

    def path(self, key: str) -> Path:
        """Where a reply lies."""
        return self.folder / key[:2] / f"{key}.json"

    def trim(self) -> None:
        """Remove what was used longest ago, down to nine tenths, where there is too much."""
        found = []
        for path in self.folder.glob("*/*"):
            try:
                stat = path.stat()
            except FileNotFoundError:  # another process was faster
                continue
            found.append((stat.st_mtime_ns, stat.st_size, path))
        total, self.added = sum(size for _, size, _ in found), 0
        if total <= self.most_bytes:
            return
        for _, size, path in sorted(found):
            if total <= self.most_bytes * 9 // 10:
                break
            path.unlink(missing_ok=True)
            total -= size


def reply_from(found: Any) -> Reply | None:
    """Read a file's content; None where it is damaged."""
    if not isinstance(found, Mapping) or not isinstance(found.get("text"), str):
        return None
    logprobs = found.get("logprobs")
    nums: list[Any] = [found.get("prompt_tokens"), found.get("reply_tokens")]
    if not isinstance(logprobs, list) or not all(isinstance(x, (int, float)) for x in logprobs):
        return None
    if not all(isinstance(num, int) for num in nums):
        return None
    return Reply(found["text"], tuple(map(float, logprobs)), *nums)
