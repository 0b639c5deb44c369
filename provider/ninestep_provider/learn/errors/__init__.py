"""``/_mock/errors``: every code that the town can answer, why, what to do, and a button that brings it about (M124).

``catalogue`` lists them, ``recipes`` bring them about, ``provoking`` runs a recipe or arms a fault, ``views`` show
them.
"""
