"""The 64-bit name of a level, the same in Python and in a TensorFlow graph."""

from farmhash import Fingerprint64


def fingerprint(field: str, token: str) -> int:
    """Name a level of a field by 64 bits.

        FarmHash Fingerprint64 of ``field=token`` in UTF-8

    ``tf.fingerprint(..., method="farmhash64")`` gives the same 8 bytes, little-endian, and
    ``tf.strings.to_hash_bucket_fast(..., n)`` the same number modulo ``n``. No field name holds
    ``=``, so two pairs never spell the same text.

    >>> fingerprint("C1", "68fd1e64")
    8499195698367678262

    Returns:
        An unsigned 64-bit integer.

    Raises:
        UnicodeEncodeError: if the text holds a lone surrogate, which UTF-8 cannot carry.
    """
    return int(Fingerprint64(f"{field}={token}"))
