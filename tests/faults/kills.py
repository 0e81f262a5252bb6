"""SIGKILL at random times: a target is the old one or the new one, and --resume gives the bytes of a run never killed.

  kills.py SHIM FIXTURE [--full]      BIN: the programs; prints TAP

Times are drawn from a seed, evenly over the time that a run takes (and a little beyond). Files that the killed
programs leave beside their targets are counted; what they are called is checked.
"""

import collections
import concurrent.futures
import os
import random
import re
import shutil
import subprocess
import sys
import time

SHIM = os.path.abspath(sys.argv[1])
FIX = os.path.abspath(sys.argv[2])
TIMES = 200 if "--full" in sys.argv else 20
BIN = os.path.abspath(os.environ["BIN"])
LONGER = 2  # runs beside one another take longer than the one that is measured
WORKERS = min(2, len(os.sched_getaffinity(0)))
TOP = os.path.join(FIX, "kills")

os.environ["OPENBLAS_NUM_THREADS"] = "1"
Killed = collections.namedtuple("Killed", "at dead files")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def tool(args, stdin=None, **kw):
    args = args.split()
    with open(stdin or os.devnull, "rb") as f:
        return subprocess.run([os.path.join(BIN, args[0])] + args[1:], stdin=f, stderr=subprocess.PIPE, check=True, **kw)


def kill_at(args, stdin, after_s, named):
    """Whether the program was still alive. named: as on a file system where every file has a name."""
    args = args.split()
    env = dict(os.environ, LD_PRELOAD=SHIM, MC_FAULT="mkdir:0", MC_FAULT_NAMED="1") if named else None
    with open(stdin or os.devnull, "rb") as f:
        p = subprocess.Popen([os.path.join(BIN, args[0])] + args[1:], stdin=f, stderr=subprocess.DEVNULL, env=env)
    time.sleep(after_s)
    p.kill()
    return p.wait() == -9


def prepare():
    """A model large enough that writing it takes a while, and a run of each kind that nobody kills."""
    os.makedirs(TOP)
    config = read(FIX + "/config.json").decode()
    for key, value in (("hidden_size", 128), ("intermediate_size", 512)):
        config = re.sub(r'"%s": \d+' % key, '"%s": %d' % (key, value), config)
    with open(TOP + "/config.json", "w") as f:
        f.write(config)
    for seed in (1, 2):
        tool("mc-init %s/config.json -t %s/lang --labels negative,positive --seed-init %d -o %s/%d" % (TOP, FIX, seed, TOP, seed))


TUNE = "mc-finetune --level 0 --train %s/train.tok.gz --batch 8 --steps 24 --save-at %s --threads 1" % (
    FIX, ",".join(map(str, range(0, 24, 2))))
INTERP = "mc-interp --level 0 -n 40 -o {W}/o %s/1 %s/2" % (TOP, TOP)
CASES = {
    "mc-interp -o": (INTERP, None),
    "mc-finetune -o": (TUNE + " --log {W}/log -o {W}/o", TOP + "/1"),
    "mc-finetune --checkpoint": (TUNE + " --checkpoint {W}/c --checkpoint-every 1 -o {W}/o", TOP + "/1"),
}
for _name in list(CASES):
    CASES[_name + " (named)"] = CASES[_name]


def columns(log):
    return [line.split("\t")[:5] for line in log.decode().split("\n")]


def judge(w, old, good, found):
    """What is wrong with the targets of a killed run."""
    wrong = []
    for name in ("o", "log"):
        if name not in good:
            continue
        now = read(w + "/" + name) if os.path.exists(w + "/" + name) else None
        same = name == "log" and now not in (None, old) and columns(now) == columns(good[name]) or now == good[name]
        growing = name == "log" and now is not None and not now.endswith(b"\n") and columns(now)[:-1] == columns(good[name])[:len(columns(now)) - 1]
        if now == old:
            found["old " + name] += 1
        elif growing:
            found["growing " + name] += 1
        elif same:
            found["new " + name] += 1
        else:
            wrong.append("%s is neither old nor complete" % name)
    for name in os.listdir(w):
        if name not in good:
            found["left over"] += 1
            if not re.fullmatch(r"(o|log|c)\.tmp\.\d+\.\d+", name):
                wrong.append("left over: %s" % name)
    if "c" not in good:
        return wrong
    if not os.path.exists(w + "/c"):
        found["no checkpoint yet"] += 1
        return wrong
    try:
        tool("mc-info --check %s/c" % w, stdout=subprocess.PIPE)
        tool(TUNE + " --resume %s/c -o %s/resumed" % (w, w), TOP + "/1")
        found["resumed"] += 1
        if read(w + "/resumed") != good["o"]:
            wrong.append("--resume gives other bytes")
    except subprocess.CalledProcessError as e:
        wrong.append("the checkpoint: %s" % e.stderr.decode().strip())
    return wrong


def one(job):
    k, args, stdin, at, old, named, good = job
    w = TOP + "/w%d" % k
    os.makedirs(w)
    if old:
        for name in set(good) - {"c"}:
            with open(w + "/" + name, "wb") as f:
                f.write(old)
    dead = kill_at(args.format(W=w), stdin, at, named)
    found = collections.Counter({"killed": int(dead), "finished before": int(not dead)})
    wrong = judge(w, old, good, found)
    shutil.rmtree(w)
    return ["at %.3f s: %s" % (at, x) for x in wrong], found


def test(number, name, pool):
    args, stdin = CASES[name]
    w = TOP + "/good"
    os.makedirs(w)
    start = time.monotonic()
    tool(args.format(W=w), stdin)
    took = time.monotonic() - start
    good = {n: read(w + "/" + n) for n in os.listdir(w)}
    tool("mc-info --check %s/o" % w, stdout=subprocess.PIPE)
    shutil.rmtree(w)
    random.seed(number)
    jobs = [(k, args, stdin, random.uniform(0, LONGER * took), b"old\n" if k % 2 else None, "named" in name, good)
            for k in range(TIMES)]
    wrong, found = [], collections.Counter()
    for bad, f in pool.map(one, jobs):
        wrong += bad
        found += f
    print("%s %d - SIGKILL %s, %d times over %.2f s" % ("not ok" if wrong else "ok", number, name, TIMES, LONGER * took))
    for x in wrong[:8]:
        print("#   " + x)
    print("# | SIGKILL %s: %s" % (name, ", ".join("%s %d" % x for x in sorted(found.items()))), flush=True)
    return bool(wrong)


def main():
    prepare()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        failed = sum([test(i + 1, name, pool) for i, name in enumerate(CASES)])
    print("1..%d" % len(CASES))
    sys.exit(failed > 0)


main()
