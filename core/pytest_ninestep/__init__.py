"""pytest's plugin: ``ninestep``, a fresh world of one town for each test (docs/pytest.md).

A package of its own that imports nothing of the town: where it is installed and not used, it costs nothing. Everything
else stands in ``ninestep.testing`` and is imported by the fixtures.

``plugin``  options, the three fixtures, hooks
``shared``  one town for all workers of pytest-xdist
``report``  what a failed test shows of its flows
``coverage``  which checks the run has exercised, where it is asked for
"""
