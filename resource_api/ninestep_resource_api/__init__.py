"""The resource server of the town: it checks every token and its scope, and knows no login (S0 §2.4)."""
