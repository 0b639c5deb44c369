"""The authorization server of the town: engine, dialects, pages, console and control API."""
