"""The schema's history. Released versions are never edited, only followed."""
