"""The ways a card is read, each from the first select to IdentityData."""
