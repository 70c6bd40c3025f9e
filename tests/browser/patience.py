"""How long a test waits for a page: a test that passes never waits that long, however busy the machine is."""

SLOW = 120_000  # ms: a loaded machine that draws without a graphics card
