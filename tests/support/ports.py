"""Ports for the servers of one test.

Two suites that run side by side both see the same port free before either listens, and would then
talk to the servers of each other. So a block is taken by a lock, which ends with its holder.
tests/interop/run takes its block in the same way.
"""

import fcntl
import os
import pathlib
import socket
import tempfile

BLOCK = 8
FIRSTS = range(20000, 32000, BLOCK)  # below what the kernel gives to clients
LOCKS = pathlib.Path(tempfile.gettempdir()) / ("tongban-test-ports-%d" % os.geteuid())


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """Eight neighbours that are ours until close(): first is the first of them."""

    def __init__(self):
        LOCKS.mkdir(mode=0o700, exist_ok=True)
        for self.first in FIRSTS:
            self.lock = open(LOCKS / str(self.first), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if all(is_free(self.first + offset) for offset in range(BLOCK)):
                    return
            except BlockingIOError:
                pass
            self.lock.close()
        raise AssertionError("no free ports")

    def close(self):
        self.lock.close()
