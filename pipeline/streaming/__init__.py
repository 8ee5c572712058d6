"""The driver of a stream: what it tells workers, what it publishes of what they did, and how it starts and stops."""
