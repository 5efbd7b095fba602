"""SQL: configuration releases, call records, recordings, users, audit. The only room that knows SQLAlchemy."""
