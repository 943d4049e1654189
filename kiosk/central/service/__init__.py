"""The delivery service: the FIT-Connect calls (v2) that terminals and line-of-business systems make."""
