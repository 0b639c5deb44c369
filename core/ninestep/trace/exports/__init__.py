"""A flow in the forms in which people take it along: one file per format, each a function of the recorded messages."""
