"""Evidence: checkpoints in anchors, whether a home is an older copy of itself, attestations and bundles for outsiders.

May import `stores`, `index`, `files`, `settings` and `domain`. Start with `checkpoints.py`.
"""
