"""How payloads reach the app: Socket Mode or signed HTTP, with acks, duplicates and retries."""
