"""How the weights were made: README.md beside this file says it, room by room."""
