"""Further small sites that log in with other platforms or in other ways; one file each."""
