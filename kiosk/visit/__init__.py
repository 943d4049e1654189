"""One citizen's visit as a pure state machine."""
