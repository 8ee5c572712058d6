"""Where else a generation can be served from than its own files: databases that hold a copy of it."""
