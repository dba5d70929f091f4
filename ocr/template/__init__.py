"""Form designs as data: the model of a form.yaml, loading it with errors that name the line, checking it."""
