"""The mail room: what is written to people, the outbox it waits in, and the ways it leaves."""
