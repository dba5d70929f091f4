"""Prefect: intake, batch, export, upkeep. The only room that imports prefect."""
