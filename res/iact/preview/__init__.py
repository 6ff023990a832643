"""Pictures of event lists: what is in a file, at a glance. Needs matplotlib, not DaCHS."""
