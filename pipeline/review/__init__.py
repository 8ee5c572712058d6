"""What waits for people: use cases that always audit."""
