"""The told story: one county, from delivered files to the message a person receives."""
