"""The engine: Authlib's grants over the town's store, spoken to in RFC 6749's words.

It knows no dialect by name. A dialect renames parameters on the way in, asks the engine, and spells the neutral result
on the way out; where platforms differ in substance (how a code looks, whether a refresh token rotates) the engine asks
the ``Dialect`` object. Checks record themselves; an error carries the neutral reason of the check that failed.
"""
