"""Real readers over PC/SC: channel and watcher."""
