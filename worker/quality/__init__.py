"""From model text to a quiz worth showing: clean, check, choose, repair."""
