"""Readers of videos, one package a file."""

from vision_data.video_backends.av import AvReader
from vision_data.video_backends.base import CannotOpen, FileReader, Reader
from vision_data.video_backends.decord import DecordReader

__all__ = ["AvReader", "CannotOpen", "DecordReader", "FileReader", "Reader"]
