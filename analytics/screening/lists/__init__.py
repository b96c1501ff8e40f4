"""The five lists of the screening, one file each; `LISTS` is in survey.py."""
