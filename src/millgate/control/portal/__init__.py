"""The developer portal: what is published, and how to call it."""
