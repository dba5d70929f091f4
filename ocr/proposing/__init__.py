"""What a blank form asks for, guessed from its lines and print: the start of a form.yaml."""
