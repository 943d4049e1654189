"""Virtual cards: software that does the card's side of every protocol."""
