"""Sockets, HTTP, TLS, the wall clock and the journal: what drives a machine of the core, on asyncio and trio."""
