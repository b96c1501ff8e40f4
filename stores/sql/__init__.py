"""Everything with a lifecycle, in one SQL database: SQLite by default, PostgreSQL in production."""
