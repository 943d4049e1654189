"""Administrative procedures as data: what is asked, of whom, under which conditions, and who gets it."""
