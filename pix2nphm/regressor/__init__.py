"""A crop -> codes, camera, landmarks and dense geometry: the networks alone."""
