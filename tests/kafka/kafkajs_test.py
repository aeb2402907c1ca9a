#!/usr/bin/env python3
"""Installs kafkajs from npm into a temporary directory and runs the program beside this file against a server.

Needs node, npm and npm's registry, so it is run by hand and not by ctest.
Usage: kafkajs_test.py SERVER_COMMAND...
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from server import Server

if len(sys.argv) < 2:
    raise SystemExit(__doc__)
with tempfile.TemporaryDirectory(prefix="kappa-kafkajs-") as directory:
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "kafkajs@2.2.4"], cwd=directory, check=True,
                   timeout=120)
    shutil.copy(pathlib.Path(__file__).with_name("kafkajs_groups.js"), directory)
    server = Server(sys.argv[1:])
    try:
        code = subprocess.run(["node", "kafkajs_groups.js", server.address], cwd=directory, timeout=120,
                              env={**os.environ, "KAFKAJS_NO_PARTITIONER_WARNING": "1"}).returncode
    finally:
        server.close()
sys.exit(code)
