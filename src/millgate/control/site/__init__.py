"""The frame of all pages: settings, addresses, the database router, headers, base templates."""
