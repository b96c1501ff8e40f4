"""Learning on/off thresholds from the power that facilities draw (domain: Learning thresholds)."""
