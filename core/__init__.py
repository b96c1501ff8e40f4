"""The domain, pure: standard library and numpy; no clock, socket, SQL, files or environment."""
