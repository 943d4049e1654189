"""The way over AusweisApp and an eID server."""
