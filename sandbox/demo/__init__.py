"""`make demo`: a Slack workspace on a page, the real program, a real engine, v1.1.0 live.

The program is used as its users use it, by its command line and over the wire; nothing of it is imported. All that is started
carries a project name of its own and is removed at the end, or before the next start when an end was cut short.
"""
