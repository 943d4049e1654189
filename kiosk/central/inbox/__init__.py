"""The inbox: what a department's caseworkers see and do, as server-rendered pages."""
