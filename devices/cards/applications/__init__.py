"""What is stored on cards: the eID application and the LDS of travel documents, parsed and built."""
