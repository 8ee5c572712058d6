"""The pages and the REST interface (to come)."""
