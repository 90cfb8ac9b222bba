"""`backup verify` finds what has changed: every bit of a backup and of its manifest, what was swapped, what is gone."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from ops.database import manifest
from ops.database.model import VerifyRequest
from ops.database.places import Places
from ops.database.progress import quiet
from ops.database.verify import run
from tests.database_files import Worker, flip_bit, some_bits


def problem(worker: Worker, name: str, known: dict[str, str] | None = None) -> str | None:
    """What `verify` finds in one backup (in this process, which no database is open in: 400 of them)."""
    (verdict,) = run(VerifyRequest((name,), known), Places(worker.database, worker.backups), quiet).verdicts
    return verdict.problem


@pytest.mark.parametrize("compress", [False, True])
def test_four_hundred_single_bit_flips_are_found_four_hundred_times(worker: Worker, compress: bool) -> None:
    made = worker.backup(compress=compress).made
    stored = worker.backups / f"{made.name}{'.db.zst' if compress else '.db'}"
    found = 0
    for bit in some_bits(stored, 400, seed=3):
        flip_bit(stored, bit)
        found += problem(worker, made.name) is not None
        flip_bit(stored, bit)
    assert found == 400
    assert problem(worker, made.name) is None


def test_every_kind_of_flip_in_a_manifest_is_found(worker: Worker) -> None:
    made = worker.backup(note="before the audit").made
    path = worker.backups / f"{made.name}.json"
    for bit in some_bits(path, 400, seed=4):
        flip_bit(path, bit)
        assert problem(worker, made.name) is not None, f"bit {bit}"
        flip_bit(path, bit)
    assert problem(worker, made.name) is None


def test_a_changed_swapped_or_deleted_manifest_is_found_and_so_is_a_deleted_backup(worker: Worker) -> None:
    one, two = worker.backup().made, worker.backup().made
    first, second = (worker.backups / f"{made.name}.json" for made in (one, two))
    kept = first.read_text()

    first.write_text(json.dumps({**json.loads(kept), "release": "v9.9.9"}))
    assert "manifest was changed" in str(problem(worker, one.name))
    shutil.copy(second, first)
    assert f"belongs to {two.name}" in str(problem(worker, one.name))
    first.write_text("{}")
    assert "cannot be read" in str(problem(worker, one.name))
    first.write_text("[" * 100_000)
    assert "cannot be read" in str(problem(worker, one.name))
    first.unlink()
    assert "no manifest" in str(worker.problems()[one.name])
    assert [entry["problem"] is None for entry in worker.listed()] == [True, False]
    first.write_text(kept)
    assert problem(worker, one.name) is None

    worker.stored(two.name).unlink()
    assert "no backup" in str(worker.problems()[two.name])
    second.unlink()
    assert list(worker.problems()) == [one.name]
    known = {made.name: made.manifest_sha256 for made in (one, two)}  # the ledger remembers both
    assert "no backup" in str(worker.problems(known=known)[two.name])


def test_two_files_swapped_are_found_though_both_are_sound(worker: Worker) -> None:
    one = worker.backup().made
    two = worker.backup(note="again").made
    aside = worker.backups / "aside"
    shutil.copy(worker.stored(one.name), aside)
    flip_bit(aside, 8 * 24)  # the change counter: another database of the same size
    aside.rename(worker.stored(two.name))
    assert "SHA-256" in str(problem(worker, two.name))
    assert problem(worker, one.name) is None


def test_a_pair_that_was_forged_together_is_found_by_whoever_kept_the_hash(worker: Worker) -> None:
    made = worker.backup().made
    places = Places(worker.database, worker.backups)
    forged = manifest.sealed(replace(made, release="v0.0.1"))
    places.beside(made.name, ".json").unlink()
    manifest.write(places, forged)
    assert problem(worker, made.name) is None
    assert "not the one" in str(problem(worker, made.name, {made.name: made.manifest_sha256}))


def test_a_manifest_of_a_later_release_with_fields_of_its_own_is_still_believed(worker: Worker) -> None:
    made = worker.backup().made
    path = worker.backups / f"{made.name}.json"
    fields = {**json.loads(path.read_text()), "encrypted_for": ["somebody"]}
    path.write_text(json.dumps({**fields, "manifest_sha256": manifest.seal_of(fields)}))
    assert problem(worker, made.name) is None


def test_a_manifest_nested_as_deep_as_can_be_read_is_only_that_backup_s_problem(worker: Worker) -> None:
    good, odd = worker.backup().made, worker.backup().made
    path = worker.backups / f"{odd.name}.json"
    fields = path.read_text().rstrip().removesuffix("}")
    for depth in range(900, 1100):  # what can be read is a little deeper than what can be written again, to be hashed
        path.write_text(f'{fields}, "note2": {"[" * depth}{"]" * depth}}}')
        assert problem(worker, odd.name) is not None
    assert problem(worker, good.name) is None


@pytest.mark.parametrize("harm", ["empty", "truncated", "zeroed page", "two pages swapped", "another database"])
def test_a_harmed_file_is_found(worker: Worker, harm: str) -> None:
    made = worker.backup().made
    stored = worker.stored(made.name)
    content = bytearray(stored.read_bytes())
    page = made.facts.page_size
    if harm == "empty":
        content.clear()
    elif harm == "truncated":
        del content[-1:]
    elif harm == "zeroed page":
        content[3 * page : 4 * page] = bytes(page)
    elif harm == "two pages swapped":
        content[3 * page : 4 * page], content[4 * page : 5 * page] = (
            content[4 * page : 5 * page],
            content[3 * page : 4 * page],
        )
    else:
        content[:] = b"\0" * len(content)
    stored.write_bytes(content)
    assert problem(worker, made.name) is not None
