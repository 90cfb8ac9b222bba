"""Who sits at the terminal: the operating system's word, not the environment's."""

from __future__ import annotations

import getpass
import os
import sys

from ops.model import Actor, Door


def at_the_terminal() -> Actor:
    """The operating-system user. For somebody who became root by sudo the record names both; only root could forge that."""
    user = _user()
    behind = os.environ.get("SUDO_USER", "")
    name = f"{behind} as {user}" if user == "root" and behind and behind != user else user
    return Actor(user, name, Door.TERMINAL)


def _user() -> str:
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user that its image does not know
        return f"uid {os.getuid()}"
