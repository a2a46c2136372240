"""A person at a terminal: for commands that want one."""

import fcntl
import os
import pty
import select
import struct
import termios
import time


class Terminal:
    """A command with a terminal of its own. What it writes is read until a text comes."""

    def __init__(self, argv, env, cwd, rows=24, columns=80):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        self.text = ""
        self.resize(rows, columns)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, wanted, seconds=30):
        """Read until the text has come; raises with what came instead."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            left = deadline - time.monotonic()
            if left < 0 or not self.read(left):
                raise AssertionError(f"waited for {wanted!r}, and there was: {self.text!r}")

    def read(self, seconds):
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += data.decode(errors="replace").replace("\r", "")
        return bool(data)

    def end(self, seconds=30):
        """The status of the command, once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0):  # its last words may have come since
                    pass
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
        raise AssertionError(f"the command did not end; there was: {self.text!r}")

    def lines(self, prefix):
        return [line for line in self.text.splitlines() if line.startswith(prefix)]
