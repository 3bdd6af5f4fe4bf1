"""The core: from delivered data to the message a person receives. Knows no web and no provider."""
