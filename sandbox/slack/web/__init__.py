"""The sandbox over HTTP: what the app calls, what the page shows, and the control API."""
