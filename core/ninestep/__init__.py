"""What the three services of Ninestep say alike: records, store, clock, trace, settings, pages.

This package imports no service. The services import it and themselves, never each other.
"""

__version__ = "0.1.0"
