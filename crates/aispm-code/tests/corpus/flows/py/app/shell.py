import subprocess


class Host:
    def __init__(self, name):
        self.name = name

    def run(self, command):
        return subprocess.run(command, shell=True)  # expect: taint shell

    def ping(self):
        return subprocess.run(f"ping {self.name}", shell=True)


def sh(command):
    return subprocess.check_output(command, shell=True)  # expect: taint shell


def backup(path):
    return subprocess.check_output(f"tar c {path}", shell=True)
