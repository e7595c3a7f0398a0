"""Sockets, HTTP, TLS, the wall clock and the journal: what a machine of the core is driven with, on asyncio and trio."""
