#!/usr/bin/env python3
"""Runs the librdkafka program against a server.

Usage: librdkafka_test.py CLIENT SERVER_COMMAND...
"""
import subprocess
import sys

from server import Server

if len(sys.argv) < 3:
    raise SystemExit(__doc__)
server = Server(sys.argv[2:])
try:
    code = subprocess.run([sys.argv[1], server.address], timeout=120).returncode
finally:
    server.close()
sys.exit(code)
