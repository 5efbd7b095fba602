"""Redis (or Valkey): the journal, the stories, who is alive; and the outbox that lets a call write without waiting.

``redis_journal.open_bus`` opens the real one, ``memory.open_memory_bus`` the fake that ships, ``embedded.EmbeddedValkey``
starts an engine where none is installed. What a line means is no concern of this room.

Every key of one floor carries the hash tag ``{cc:<floor>}``, so a cluster keeps them together. Nothing here needs
more than the commands of Redis 6.2. Threads are those of ``threading``: greenlets where gevent patched the process.
"""
