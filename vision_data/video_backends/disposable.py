"""Packets that no other picture is built on: they need not be decoded unless their picture is wanted."""

from __future__ import annotations

from collections.abc import Iterator

_START = b"\0\0\1"


def is_disposable(codec: str, packet: bytes, extradata: bytes = b"") -> bool:
    """Tell whether the picture in a packet is beyond doubt one that others do not refer to.

    Args:
        codec: name of the decoder. Known are h264 (ITU-T H.264, 7.4.1: nal_ref_idc), mpeg4 (ISO/IEC 14496-2, 6.3.5),
            mpeg1video and mpeg2video (ITU-T H.262, 6.3.9: B pictures); for any other the answer is no.
        packet: its bytes.
        extradata: what the container says to the decoder, which tells how h264 packets are divided.
    """
    if codec == "h264":
        heads = [head for head in _units(packet, extradata) if 1 <= head & 31 <= 5]
        return bool(heads) and all(head >> 5 & 3 == 0 for head in heads)
    if codec == "mpeg4":
        kinds = [packet[at + 4] >> 6 for at in _starts(packet) if packet[at + 3 : at + 4] == b"\xb6"]
        return bool(kinds) and all(kind == 2 for kind in kinds)
    if codec in ("mpeg1video", "mpeg2video"):
        kinds = [packet[at + 5] >> 3 & 7 for at in _starts(packet) if packet[at + 3 : at + 4] == b"\0"]
        return bool(kinds) and all(kind == 3 for kind in kinds)
    return False


def _units(packet: bytes, extradata: bytes) -> Iterator[int]:
    """Give the first byte of every unit of an h264 packet."""
    if extradata[:1] != b"\1" or len(extradata) < 5:
        yield from (packet[at + 3] for at in _starts(packet))
        return
    width, at = (extradata[4] & 3) + 1, 0
    while at + width < len(packet):
        yield packet[at + width]
        at += width + int.from_bytes(packet[at : at + width], "big")


def _starts(packet: bytes) -> Iterator[int]:
    """Find the start codes that have three more bytes behind them."""
    at = packet.find(_START)
    while 0 <= at < len(packet) - 5:
        yield at
        at = packet.find(_START, at + 3)
