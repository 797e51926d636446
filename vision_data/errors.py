"""What vision_data raises on purpose."""


class MediaError(ValueError):
    """An image or a video cannot be used: the message names the file, what is wrong and what to do."""
