"""Plain data as JSON between a program, its judge and the trainer; what is read cannot run, nor compare as it likes.

Numbers, text, bytes, lists, tuples, dictionaries and sets are copied; anything else stays where it is and only a number
goes over, by which it can be asked. A subclass of ``int`` or ``list`` goes over as the plain thing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

EXACT = 2**53
"""Whole numbers from here on go as hexadecimal text: decimal text of this length takes quadratic time to read."""


def pack(value: Any, hold: Callable[[Any], int]) -> Any:
    """Give what JSON can say.

    Args:
        value: Anything.
        hold: Keeps what cannot be copied, and gives its number.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        plain = int.__add__(value, 0)
        return plain if -EXACT < plain < EXACT else {"i": hex(plain)}
    if isinstance(value, float):
        number = float.__mul__(value, 1.0)
        return number if math.isfinite(number) else {"f": repr(number)}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, complex):
        return {"c": [repr(value.real), repr(value.imag)]}
    if isinstance(value, (bytes, bytearray)):
        return {"b": bytes(value).hex()}
    return _pack_many(value, hold)


def _pack_many(value: Any, hold: Callable[[Any], int]) -> Any:
    if isinstance(value, list):
        return [pack(item, hold) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return {"t": [pack(item, hold) for item in tuple.__iter__(value)]}
    if isinstance(value, dict):
        return {"d": [[pack(k, hold), pack(v, hold)] for k, v in dict.items(value)]}
    if isinstance(value, (set, frozenset)):
        kind: Any = set if isinstance(value, set) else frozenset
        return {"s" if kind is set else "z": [pack(item, hold) for item in kind.__iter__(value)]}
    return {"o": hold(value), "type": type(value).__name__}


def unpack(value: Any, far: Callable[[int, str], Any]) -> Any:
    """Give the value back.

    Args:
        value: From ``pack``, or what somebody wants to pass for it.
        far: Makes a stand-in for what was not copied, from its number and the name of its type.

    Raises:
        ValueError: if it is not of this form.
    """
    if isinstance(value, list):
        return [unpack(item, far) for item in value]
    if not isinstance(value, dict):
        return value
    try:
        match value:
            case {"i": str(text)}:
                return int(text, 16)
            case {"f": str(text)}:
                return float(text)
            case {"c": [str(real), str(imag)]}:
                return complex(float(real), float(imag))
            case {"b": str(text)}:
                return bytes.fromhex(text)
            case {"t": list(items)}:
                return tuple(unpack(item, far) for item in items)
            case {"d": list(pairs)}:
                return {unpack(k, far): unpack(v, far) for k, v in pairs}
            case {"s": list(items)}:
                return {unpack(item, far) for item in items}
            case {"z": list(items)}:
                return frozenset(unpack(item, far) for item in items)
            case {"o": int(number), "type": str(name)}:
                return far(number, name)
    except TypeError as error:  # a key that cannot be one, a pair that is none
        raise ValueError(str(error)) from error
    raise ValueError("no value of ours")


def line(message: Any) -> bytes:
    """One message."""
    return json.dumps(message).encode() + b"\n"
