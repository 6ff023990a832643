"""Who may read what, and where it is: called by everything that hands out bytes."""
