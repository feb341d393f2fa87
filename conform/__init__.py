"""isakmp."""
