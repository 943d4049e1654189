"""The card protocols' cryptography: groups, ciphers, key derivation, secure messaging."""
