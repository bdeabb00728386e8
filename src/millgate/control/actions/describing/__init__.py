"""The registry in the form in which all APIs are described: for pages, definitions and the catalogue."""
