"""What the actions do: a module for each collection, and `table`, which names the action of each route."""
