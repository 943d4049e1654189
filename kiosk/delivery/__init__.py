"""One application on its way to the departments: sealed here, kept durably, delivered by a process of its own."""
