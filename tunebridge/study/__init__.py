"""The only loop, and what it needs: ask, evaluate, tell, record."""
