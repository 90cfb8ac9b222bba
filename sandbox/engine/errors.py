"""The one failure of this package: the world could not be made, and why."""


class WorldError(Exception):
    """One sentence on what is missing and one on what to do about it."""
