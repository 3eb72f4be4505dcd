"""The registry's errors, in the users' words."""

from carto_lib.errors import RegistryError
from carto_lib.i18n import translate


def refusal(key: str, **values: object) -> RegistryError:
    """Return the error whose text is ``registry.<key>`` in the catalogue."""
    return RegistryError(translate(f"registry.{key}", "fr", **values))
