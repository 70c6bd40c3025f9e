"""What can go wrong, in the words of the person it happens to."""


class Pix2NPHMError(Exception):
    """Base of every error this package raises on purpose. `str(error)` is a sentence fit for a user."""


class NoFaceFound(Pix2NPHMError):
    """The picture was read, but there is no face in it that we can use."""


class BadImage(Pix2NPHMError):
    """The picture cannot be read, or is too small or too large."""


class BadCode(Pix2NPHMError):
    """A code file or array that does not belong to this model, or holds no numbers."""


class BadWeights(Pix2NPHMError):
    """A weights file that is broken, foreign, or of another shape."""


class EmptySurface(Pix2NPHMError):
    """A field has one sign everywhere in its box: there is no surface to extract."""


class CannotSave(Pix2NPHMError):
    """A file that cannot be written: a full disk, a folder that is missing or not ours. What was there is untouched."""
