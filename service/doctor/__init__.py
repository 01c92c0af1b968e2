"""``dynint doctor``: what a gateway of these settings would meet, found out before it runs.

Each check is a small function of a ``Case`` that yields findings; ``service.doctor.checks`` lists them.
"""
