"""The shelf: the heads a visitor has at hand, in the page, in files and in the browser's memory."""
