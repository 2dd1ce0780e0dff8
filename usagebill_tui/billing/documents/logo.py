"""The seller's logo: a PNG or JPEG file."""

from pathlib import Path

import msgspec

from usagebill_tui.config import Seller
from usagebill_tui.errors import InvalidInput

MEND_LOGO = "mend `logo` in [seller] of config.toml"
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
MOST_BYTES = 2_000_000
"""A picture that every invoice carries; a larger one is a slip."""


class Logo(msgspec.Struct, frozen=True):
    """A picture's bytes and what they are: `image/png` or `image/jpeg`."""

    content: bytes
    media_type: str


def read_logo(seller: Seller) -> Logo | None:
    """Read the seller's logo, None where there is none; raises InvalidInput."""
    if not seller.logo:
        return None
    try:
        path = Path(seller.logo).expanduser()
        content = path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise InvalidInput(f"the logo cannot be read: {error}", mend=MEND_LOGO) from error
    for beginning, media_type in _KINDS.items():
        if content.startswith(beginning) and len(content) <= MOST_BYTES:
            return Logo(content, media_type)
    raise InvalidInput("is no PNG or JPEG of at most 2 MB", where=str(path), mend=MEND_LOGO)
