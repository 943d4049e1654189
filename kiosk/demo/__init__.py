"""The whole line on one machine: central, delivery and a terminal with simulated devices, ready to try."""
