"""The operator's command: setting up, running and filling a data centre."""
