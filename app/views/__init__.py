"""Blueprints by subject. A view parses, asks the store and answers."""
