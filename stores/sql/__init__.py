"""Everything with a lifecycle, in one SQL database: SQLite by default, written so that PostgreSQL can follow."""
