"""Where answers come from, apart from the built-in survey: sheets and files."""
