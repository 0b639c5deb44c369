"""What the dialects' pages share: login, consent, 授权管理, avatars, error pages, and the plain view of the trace."""
