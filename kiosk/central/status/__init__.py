"""The status of an application, for terminals and for the public page: by the application code alone."""
