"""The web pages, cut by kind of user: plain forms and server-made HTML, no script needed."""
