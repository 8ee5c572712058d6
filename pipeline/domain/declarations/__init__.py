"""What documents say about themselves: front matter, metadata files, fields of feed records, and how these are read.

Imports `pipeline.domain` only, and YAML. Start at `front_matter.py`; `tag_keys.py` says which keys count, and
what is too like one of them to be passed over.
"""
