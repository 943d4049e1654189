"""PACE, BAC, terminal, chip and active authentication, the terminal's and the chip's side."""
