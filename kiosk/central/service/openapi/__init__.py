"""The OpenAPI 3.1 document of the delivery service: what stands in bodies, the calls, and both put together.

It is true: one test compares it with the addresses, another asks every call and checks every answer against it.
"""
