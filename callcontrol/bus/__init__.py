"""Redis: the journal, the stories, notices of life. The only room that knows the client library."""
