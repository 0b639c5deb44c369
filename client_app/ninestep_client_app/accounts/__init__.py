"""The client's own users and the token that it logs them in with; neither is the provider's."""
