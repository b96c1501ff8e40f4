"""A city whose truth is known: what every enterprise did, and which rules have to see it."""
