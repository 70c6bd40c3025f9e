"""What the page is made of: the 3D view, the controls that move a head, maps, grids and charts."""
