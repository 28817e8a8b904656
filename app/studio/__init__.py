"""The studio of a meeting: new words, conversations with a child, abstracts."""
