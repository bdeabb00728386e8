"""The token service, in the shape of the first version of Azure Active Directory's (RFC 6749)."""
