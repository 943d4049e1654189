"""The core of the terminal and the town hall's side: pure Python, no screen and no device in here."""
