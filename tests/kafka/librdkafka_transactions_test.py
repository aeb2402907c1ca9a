#!/usr/bin/env python3
"""A copy in transactions goes on while the server is killed and started again; every record arrives once.

Usage: librdkafka_transactions_test.py CLIENT SERVER_COMMAND...
"""
import subprocess
import sys

from server import Server

RECORDS = 400
KILLS = 4

if len(sys.argv) < 3:
    raise SystemExit(__doc__)
server = Server(sys.argv[2:])
try:
    copy = subprocess.Popen([sys.argv[1], server.address, "copy", str(RECORDS)], stdout=subprocess.PIPE, text=True)
    kills = 0
    for line in copy.stdout:
        print(line, end="")
        # In the middle of whatever comes next: a record, an offset, a decision, a marker.
        if line.startswith("copied") and kills < KILLS and int(line.split()[1]) > (kills + 1) * RECORDS // (KILLS + 2):
            kills += 1
            server.kill()
            server.start()
            print(f"killed and started again: {kills}")
    code = copy.wait(timeout=240)
    if code == 0 and kills < KILLS:
        raise SystemExit(f"only {kills} kills")
finally:
    server.close()
sys.exit(code)
