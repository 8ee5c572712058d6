"""Check digits of national, bank and tax numbers, by python-stdnum.

Invariants: a check is a pure predicate and never raises, whatever text it gets; no value leaves this module.
"""

import importlib
from collections.abc import Callable

from pipeline.domain.errors import ConfigError


def checksum(name: str) -> Callable[[str], bool]:
    """The validity check of stdnum's module `name`, such as `fr.nir` or `iban`."""
    try:
        module = importlib.import_module(f"stdnum.{name}")
        check: Callable[..., bool] = module.is_valid
    except (ImportError, AttributeError):
        raise ConfigError(
            f"There is no checksum called {name}.", fix="Use the name of a python-stdnum module."
        ) from None
    # The account number's own national check is stricter than the standard and refuses IBANs that banks accept.
    more = {"check_country": False} if name == "iban" else {}

    def is_valid(value: str) -> bool:
        try:
            return check(value, **more)
        except LookupError:  # every digit fits, and the library's list of places has no such county
            return True
        except Exception:  # a letter or a figure that the library does not expect there
            return False

    return is_valid
