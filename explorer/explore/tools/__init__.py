"""The tools of the Explore tab, one file each."""
