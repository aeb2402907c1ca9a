#!/usr/bin/python3
"""Runs the libpq program against a server: libpq_test.py LIBPQ_PROGRAM (SERVER … | HOST:PORT)."""

import subprocess
import sys

from server import server

with server(sys.argv[2:]) as (host, port):
    sys.exit(subprocess.run([sys.argv[1], host, str(port)], timeout=120).returncode)
