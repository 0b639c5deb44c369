"""The protected data of each dialect, in its own words."""
