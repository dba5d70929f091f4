"""The command line: one thin file of commands per room."""
