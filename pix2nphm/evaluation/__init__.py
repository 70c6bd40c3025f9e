"""The numbers in the README and the model card, runnable end to end: `python -m pix2nphm.evaluation`."""
