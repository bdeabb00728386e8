"""The services and routes of the action API, declared once: what validates calls documents them, too."""
