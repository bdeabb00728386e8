"""The session-token action API: its registry, the pipeline that answers calls, and what the actions do."""
