"""Starts and stops a server for a test: any command that takes --data and --kafka-listen and prints `ready kafka=…`."""
import re
import signal
import subprocess
import tempfile


class Server:
    def __init__(self, command):
        self.command = command
        self.directory = tempfile.TemporaryDirectory(prefix="kappa-test-")
        self.address = "127.0.0.1:0"  # then the one it got, also when it is started again
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [*self.command, "--data", self.directory.name, "--kafka-listen", self.address],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"^ready .*?kafka=(\S+)", line)
        if not match:
            raise RuntimeError(f"server did not become ready: {line!r}")
        self.address = match[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        if code != 0:
            raise RuntimeError(f"server stopped with exit code {code}")

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def close(self):
        self.stop()
        self.directory.cleanup()
