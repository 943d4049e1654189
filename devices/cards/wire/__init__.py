"""Bytes to a card and back: TLV, APDUs, layers of one-method connections, files."""
