"""Try it: calls of published operations from the portal's pages, and why they were refused."""
