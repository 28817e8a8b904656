"""Training rows on their way from drafts to data: brought in, reviewed, taken along."""
