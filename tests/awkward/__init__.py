"""Releases that misbehave, each in its own way: one small image, told apart by the tag. Made once, kept like the sample's."""

from __future__ import annotations

from contextlib import closing

import docker

from sandbox.engine import Images
from sandbox.engine.build import Recipe, build, existing, read_files
from sandbox.engine.images import ROOT, one_builder

REPOSITORY = "myfinance-awkward"
GOOD = ("good", "better")  # these do what a release should
BAD = ("exits", "hangs", "redirects", "lost", "impostor", "tires")


def ensure_awkward(images: Images) -> str:
    """Build what is missing; the repository whose tags are `GOOD` and `BAD`."""
    files = read_files(ROOT / "tests/awkward", "Dockerfile", "app.py")
    with closing(docker.from_env()) as client, one_builder():
        for tag in (*GOOD, *BAD):
            recipe = Recipe(REPOSITORY, files, {"BASE": images.base, "RELEASE": tag})
            if existing(client, recipe) is None:
                build(client, recipe, tag)
    return REPOSITORY
