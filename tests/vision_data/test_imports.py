"""A data set can be read and a prompt built without any picture library."""

from __future__ import annotations

import subprocess
import sys

import pytest

import vision_data

HEAVY = ("PIL", "av", "cv2", "numpy", "torch", "decord", "transformers")


@pytest.mark.parametrize(
    "module",
    ["vision_data", "vision_data.messages", "vision_data.resize", "vision_data.transforms", "vision_data.prompts"],
)
def test_import_is_light(module):
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_exist():
    for name in vision_data.__all__:
        assert getattr(vision_data, name) is not None


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="load_picture"):
        _ = vision_data.load_picture
