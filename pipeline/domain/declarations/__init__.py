"""Declarations of documents about themselves: front matter, sidecar metadata files and fields of feed records.

Imports `pipeline.domain` only, and YAML. Start with `front_matter.py`; `tag_keys.py` says which keys count, and
what is too like one of them to be passed over.
"""
