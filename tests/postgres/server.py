"""The server that a test talks to: a program that it starts, or one that runs already.

Usage of the tests:  X_test.py PROGRAM [ARGUMENT...]   starts it; it prints "ready … sql=HOST:PORT …"
                     X_test.py HOST:PORT               uses the server that listens there
"""

import contextlib
import re
import subprocess
import sys


@contextlib.contextmanager
def server(arguments):
    """Gives (host, port)."""
    address = re.fullmatch(r"([\w.]+):(\d+)", arguments[0])
    if address:
        yield address[1], int(address[2])
        return
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = re.search(r"sql=([\w.]+):(\d+)", process.stdout.readline())
        if not ready:
            sys.exit("the server did not get ready")
        yield ready[1], int(ready[2])
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(timeout=30)
