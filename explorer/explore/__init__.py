"""The Explore tab in parts: what a state remembers, exact heads, links, and the wiring of each tool."""
