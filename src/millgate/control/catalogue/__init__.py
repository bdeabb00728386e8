"""APIs, adapters and limits as people edit them, before they are published."""
