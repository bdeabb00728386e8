"""The documentation of the action API: its pages, their JSON and their copies in Markdown.

Everything comes from the registry that validates calls. A route that does not answer is documented only to
whoever may see the registry in the console: to others it does not exist.
"""
