"""A block of free loopback ports for one sandbox.

The ports are needed minutes before the last program binds its own, so merely finding them free is not enough: two
sandboxes that start together would take the same. A bound UDP socket on the first port of a block says that the block
is taken, and the kernel lets go of it when the sandbox ends, however it ends. Blocks lie below the range that outgoing
connections use.
"""

from __future__ import annotations

import socket
import zlib
from pathlib import Path

FIRST, SIZE, BLOCKS = 20000, 32, 390


class Ports:
    def __init__(self, run: Path):
        """Begin with a block that depends on the run directory: a sandbox then keeps its addresses over restarts."""
        start = zlib.crc32(str(run).encode())
        for n in range(BLOCKS):
            base = FIRST + (start + n) % BLOCKS * SIZE
            claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                claim.bind(("127.0.0.1", base))
            except OSError:
                claim.close()
                continue
            free = [port for port in range(base, base + SIZE) if is_free(port)]
            if len(free) >= SIZE - 4:
                self.claim, self.free, self.block = claim, free, (base - FIRST) // SIZE
                return
            claim.close()
        raise OSError("no block of free ports on 127.0.0.1")

    def take(self) -> int:
        return self.free.pop(0)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
