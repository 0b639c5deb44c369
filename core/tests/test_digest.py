"""Names that are drawn."""

from __future__ import annotations

from ninestep.digest import fresh_id


def test_no_id_looks_like_an_option_of_a_command() -> None:
    """``ninestep flow show ID``: one id of 64 did."""
    drawn = [fresh_id() for _ in range(2000)]

    assert [name for name in drawn if name.startswith("-")] == []
    assert {len(name) for name in drawn} == {22}
    assert len(set(drawn)) == len(drawn)
