"""Suggestions to Label Studio, and annotations back."""
