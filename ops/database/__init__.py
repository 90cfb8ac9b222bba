"""What runs inside the database worker. It knows SQLite and files; it has never heard of Docker or Slack.

Progress and the result go to standard output as JSON lines: `{"progress": …}` any number of times, then one
`{"result": …}` or `{"error": …}`.
"""
