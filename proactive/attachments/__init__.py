"""Files that belong to a case: a photo from a visit, a certificate from an office; kept sealed."""
