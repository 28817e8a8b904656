"""From public pages to rows to train with: `python -m worker.dataset`.

Four commands, one file after the other: `collect` pages -> candidates, `draft`
candidates -> drafts, people review them on the page /dataset, `check` any of these
files, `export` what was accepted. docs/dataset.md shows the whole way.
"""
