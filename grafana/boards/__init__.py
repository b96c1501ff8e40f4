"""Grafana's dashboards as code: one definition, a table of texts for each language."""
