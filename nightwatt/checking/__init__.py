"""`nightwatt check`: one file a part, each asking the real thing and changing nothing."""
