"""TLS: a local authority and its server certificate, or a certificate that was given."""
