"""Client applications, subscriptions and signing keys: whatever proves who calls."""
