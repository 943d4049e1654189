"""The town hall's side: delivery service, inbox, status and opening service, as one Django project.

Rules
  1. Two processes share the database: `serve` answers HTTP and holds no department key; `open` holds
     the keys, opens what arrives and has no network.
  2. What a citizen wrote is stored sealed. Clear text exists for one reading, in memory.
  3. Every change is written together with its audit entry, in one transaction.

Nothing at this level imports Django, so that importing `kiosk.central` costs nothing.
"""
