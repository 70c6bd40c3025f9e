"""The Reconstruct tab: a photo in, a head out."""
