"""The pages' files as the product serves them, looked for once a process and not for every browser of a test."""

from typing import Final

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

_PRODUCT: Final = "whitenoise.middleware.WhiteNoiseMiddleware"
_FOUND: Final[dict[str, StaticFile]] = {}


class RememberedFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """The product's middleware; what its finders have found in this process, they find again at no cost."""

    def add_files_from_finders(self) -> None:
        """Look into all packages the first time only, which takes longer than most pages."""
        if not _FOUND:
            super().add_files_from_finders()
            _FOUND.update(self.files)
        self.files.update(_FOUND)


def middleware() -> list[str]:
    """The product's middleware, with this one in its place."""
    own = f"{RememberedFiles.__module__}.{RememberedFiles.__qualname__}"
    return [own if each == _PRODUCT else each for each in settings.MIDDLEWARE]
