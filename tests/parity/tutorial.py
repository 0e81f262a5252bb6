"""docs/tutorial.md as a reader follows it: its commands, in order, in an empty folder.

A block of sh is run by bash, one of python is the file tune.py. A block of text is what the commands above it print at a terminal: each of its
lines must be among theirs, word for word but for numbers, which may be off by half of themselves and .2, since another processor trains other
digits, and for what hangs on these: `uneven`, seconds, and whether what has no barrier is connected or undecided. `python` is the one that runs this.

  tutorial.py     BIN in the environment names the programs

Prints a line a block and ends with "N passed, N failed"."""
import os
import pty
import re
import subprocess
import sys
import tempfile
import threading

BIN = os.path.abspath(os.environ["BIN"])
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.M | re.S)
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?$")


def words(line):
    line = re.sub(r"[\[\],:;]", " ", line).replace("ends uneven", "").replace("undecided", "connected")
    return [w for w in re.sub(r"in [\d.]+ s\b", "", line).split() if w not in ("uneven", "notes")]


def alike(said, wanted):
    """Whether a line of output is the line of the text."""
    said, wanted = words(said), words(wanted)
    if len(said) != len(wanted):
        return False
    for s, w in zip(said, wanted):
        if NUMBER.match(s) and NUMBER.match(w):
            if abs(float(s) - float(w)) > .2 + abs(float(w)) / 2:
                return False
        elif s != w:
            return False
    return True


def run(commands, folder, env):
    """What the commands print, standard output at a terminal; their status."""
    ours, theirs = pty.openpty()
    said = []

    def read():
        try:
            while piece := os.read(ours, 65536):
                said.append(piece)
        except OSError:  # the last to hold the terminal is gone
            pass

    reader = threading.Thread(target=read)
    reader.start()
    p = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=theirs,
                       stderr=subprocess.PIPE)
    os.close(theirs)
    reader.join()
    os.close(ours)
    return b"".join(said).decode() + p.stderr.decode(), p.returncode


counts = {"ok": 0, "FAILED": 0}


def check(name, passed, said):
    """A line, and where it failed what the commands have said."""
    counts["ok" if passed else "FAILED"] += 1
    print(f"{'ok' if passed else 'FAILED':6} {name}", flush=True)
    if not passed:
        print(said[-3000:])


def main():
    with open(f"{TOP}/docs/tutorial.md", encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    with tempfile.TemporaryDirectory() as folder:
        tools = f"{folder}/.bin"
        os.mkdir(tools)
        os.symlink(os.path.abspath(f"{TOP}/tools/mctools"), f"{tools}/mctools")
        # One thread of torch: several wait for each other longer than they work on a model as small as this.
        env = {**os.environ, "PATH": f"{tools}:{BIN}:{os.path.dirname(sys.executable)}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        said = ""
        for kind, text in blocks:
            first = text.splitlines()[0]
            if kind == "python":
                with open(f"{folder}/tune.py", "w", encoding="utf-8") as file:
                    file.write(text)
            elif kind == "sh":
                said, status = run(text, folder, env)
                check(f"runs: {first}", status == 0, said)
            else:
                for line in text.splitlines():
                    check(f"prints: {line[:60]}", any(alike(s, line) for s in said.splitlines()), said)
    print(f"{counts['ok']} passed, {counts['FAILED']} failed")
    return counts["FAILED"] > 0


if __name__ == "__main__":
    sys.exit(main())
