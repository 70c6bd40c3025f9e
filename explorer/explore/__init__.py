"""The Explore tab in parts: what a visit remembers, exact heads, links, and the wiring of each tool."""
