"""Test vectors: complete exchanges with all their values, and messages that have to be rejected."""
