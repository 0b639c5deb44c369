"""A file for each verb: ``declare(parser)`` says what it can be asked, and which function does it."""
