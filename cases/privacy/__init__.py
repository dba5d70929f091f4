"""Data protection: erasing a person, telling a person what is held, periods after which data goes, who saw what."""
