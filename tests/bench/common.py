"""What the benchmarks share: running whole processes, collecting values by measure, printing medians."""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

env = os.environ.get
BIN, RATE = env("BIN", "build/bin"), env("RATE", "build/tests/gemm_rate")
ROUNDS, PYTHON = int(env("ROUNDS") or 5), env("PYTHON") or sys.executable
PRECISIONS = ("f32", "bf16")
HERE = os.path.dirname(os.path.abspath(__file__))
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


def said(command):
    """What a command writes to its standard output; a failure ends the run."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def seconds_of_update(log, warm):
    """The mean of a training log's updates, the first `warm` left out."""
    seconds = [float(line.split("\t")[6]) for line in open(log).read().splitlines()[1:]]
    return (seconds[-1] - seconds[warm - 1]) / (len(seconds) - warm)


def ids_of(tokens):
    """Of each example of a token set: the number of its ids, those of the target behind those of the source."""
    return [[len(ids.split()) for ids in line.split("\t")[1:]] for line in said(tool("mc-info", "--ids", tokens)).splitlines()]


def has_python(*packages):
    return subprocess.run([PYTHON, "-c", f"import {', '.join(packages)}"], capture_output=True).returncode == 0


def peer_rows(script, *args):
    """The lines of a script of PyTorch's, on all processors, as lists of cells."""
    command = [PYTHON, os.path.join(HERE, script), "--threads", str(len(os.sched_getaffinity(0))), *map(str, args)]
    return [line.split("\t") for line in said(command).splitlines()]


def synthetic_text(path, split, n):
    """Lines of text, TAB, label of the synthetic language, as long as short reviews are."""
    run(tool("mc-synth", "--task", "sentiment", "--split", split, "-n", 4 * n), out=path)
    lengthen(path, n)


def measured(body, skipped):
    """Prints the table: body(folder) sets up and gives what a round does and what is derived from the rounds; skipped says why there is no
    peer."""
    folder = tempfile.mkdtemp()
    try:
        one_round, derive = body(folder)
        for i in range(ROUNDS):
            one_round()
            print(f"round {i + 1} of {ROUNDS}", file=sys.stderr)
        derive()
        print_medians()
        if skipped:
            print(f"peer\tskipped\t{skipped}\t\t")
    finally:
        shutil.rmtree(folder)


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
    for line in said([RATE]).splitlines():
        kind, shape, value = line.split("\t")
        note(f"products {kind} {shape}", float(value), "GF/s")


def about(*more):
    """The first rows: machine, libraries, and what else there is to say."""
    model = "unknown"
    if os.path.exists("/proc/cpuinfo"):
        names = re.findall(r"^model name\s*: (.*)$", open("/proc/cpuinfo").read(), re.M)
        model = names[0] if names else model
    lines = said(tool("mc-eval", "--version")).splitlines()
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
