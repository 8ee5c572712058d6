"""Declarations of documents about themselves: front matter, sidecar metadata files and fields of feed records.

Pure, with a YAML parser. `tag_keys.py` lists the keys that count, and the look-alikes that are problems.
Start with `front_matter.py`.
"""
