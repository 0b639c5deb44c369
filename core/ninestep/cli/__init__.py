"""The ``ninestep`` command. Each verb imports what it needs, and nothing else: a start is measured in milliseconds.

``table``     the verbs; ``commands`` has a file for each
``parsing``   what they are asked with; ``fields``, the FIELD=VALUE words
``where``     which town they speak to
``columns``   lists for people; ``script``, messages of a login for people
``wrong``     why one ends early; ``exits``, the exit codes
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

from ..launcher import LaunchError
from ..settings import SettingsError
from ..terminal import Unwritten, complain, flush
from . import exits
from .wrong import Ended


def main(argv: Sequence[str] | None = None) -> int:
    """An exit code of ``exits.TABLE``."""
    from .parsing import parser

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # a terminal that knows no ⑤ is no crash
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        options = parser(words).parse_args(words)
        return int(options.run(options))
    except SystemExit:  # argparse has said it
        flush()
        raise
    except SettingsError as error:
        return _ended(exits.WRONG, str(error))
    except (LaunchError, Unwritten) as error:
        return _ended(exits.NOT_DONE, str(error))
    except Ended as error:
        return _ended(error.code, str(error))
    except UnicodeEncodeError as error:
        return _ended(exits.WRONG, f"{error.object!r} is no text in UTF-8")
    except KeyboardInterrupt:  # in the moment before the town's own handlers
        return exits.INTERRUPTED
    except Exception as error:
        if refused := _refusal(error):
            return _ended(exits.NOT_DONE, refused)
        raise


def _ended(code: int, why: str) -> int:
    complain(f"ninestep: {why}")
    return code


def _refusal(error: Exception) -> str:
    """The control API's sentence, the field and what would be right; nothing for any other error."""
    control = sys.modules.get("ninestep.testing.control")  # not imported, so it was not spoken to
    if control is None or not isinstance(error, control.Refused):
        return ""
    field = f"\n  field: {error.field}" if error.field else ""
    return error.detail + field + (f"\n  fix: {error.fix}" if error.fix else "")
