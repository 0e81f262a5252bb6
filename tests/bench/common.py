"""What the benchmarks share: running whole processes, collecting values by measure, printing medians."""
import os
import re
import statistics
import subprocess
import sys
import time

env = os.environ.get
BIN, RATE = env("BIN", "build/bin"), env("RATE", "build/tests/gemm_rate")
ROUNDS, PYTHON = int(env("ROUNDS") or 5), env("PYTHON") or sys.executable
PRECISIONS = ("f32", "bf16")
seen = {}  # measure -> (unit, values)
order = []


def note(measure, value, unit):
    if measure not in seen:
        seen[measure] = (unit, [])
        order.append(measure)
    seen[measure][1].append(value)


def median(measure):
    return statistics.median(seen[measure][1])


def run(*stages, out=os.devnull, stdin=os.devnull):
    """A pipe of commands: seconds, and the peak resident memory of each in MiB. Any failure ends the run."""
    start, pipe, children = time.monotonic(), open(stdin, "rb"), []
    with open(out, "wb") as sink:
        for i, command in enumerate(stages):
            last = i + 1 == len(stages)
            child = subprocess.Popen(command, stdin=pipe, stdout=sink if last else subprocess.PIPE)
            pipe.close()
            pipe = child.stdout if not last else pipe
            children.append(child)
    memory = []
    for child in children:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        memory.append(usage.ru_maxrss / 1024)
    seconds = time.monotonic() - start
    for command, child in zip(stages, children):
        if child.returncode:
            sys.exit(f"{' '.join(map(str, command))}: exit {child.returncode}")
    return seconds, memory


def tool(name, *args):
    return [os.path.join(BIN, name), *map(str, args)]


def lengthen(path, n):
    """Joins one to three sentences of a label to an example: 8 to 60 tokens, as short reviews have."""
    of_label, rows = {}, []
    for line in open(path):
        text, label = line.rstrip("\n").split("\t")
        of_label.setdefault(label, []).append(text)
    while len(rows) < n and any(of_label.values()):
        for label, texts in sorted(of_label.items()):
            taken = [texts.pop() for _ in range(min(1 + len(rows) % 3, len(texts)))]
            rows += [" ".join(taken) + "\t" + label + "\n"] if taken else []
    with open(path, "w") as f:
        f.writelines(rows[:n])


def rates():
    for line in subprocess.run([RATE], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, shape, value = line.split("\t")
        note(f"products {kind} {shape}", float(value), "GF/s")


def about(*more):
    """The first rows: machine, libraries, and what else there is to say."""
    model = "unknown"
    if os.path.exists("/proc/cpuinfo"):
        names = re.findall(r"^model name\s*: (.*)$", open("/proc/cpuinfo").read(), re.M)
        model = names[0] if names else model
    version = subprocess.run(tool("mc-eval", "--version"), check=True, capture_output=True, text=True)
    lines = version.stdout.splitlines()
    print("measure\tvalue\tunit\tleast\tgreatest")
    for measure, text in (("processor", model), ("processors", str(len(os.sched_getaffinity(0)))),
                          ("libraries", lines[1]), *(line.split(": ", 1) for line in lines[2:]), *more):
        print(f"{measure}\t{text}\t\t\t")
    sys.stdout.flush()


def forget():
    """After a warm-up."""
    seen.clear()
    order.clear()


def print_medians():
    for measure in order:
        unit, values = seen[measure]
        print(f"{measure}\t{statistics.median(values):.4g}\t{unit}\t{min(values):.4g}\t{max(values):.4g}")
