"""A picture -> an upright, aligned crop around each face."""
