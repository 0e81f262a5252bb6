"""Every program with every call failing in turn: status 1, one line of error, outputs old or whole.

  faults.py SHIM FIXTURE [--full]      BIN: the programs; prints TAP

FIXTURE is a directory made by run.sh. For each case below and each class of calls (shim.c) the calls are
counted, then each fails in turn, once alone and, where memory, reading or writing is meant, once with all that
follow. A run whose call failed must end with status 1, exactly one line `mc-x: error: ...` (after the notes of
the whole run, where it has some), no file but the targets, and each target old, absent or complete; a stream on
standard output must not look whole. A call that fails once may be made good only where the table SURVIVES says
so, and then the result must be the right one.
"""

import collections
import concurrent.futures
import gzip
import os
import re
import shutil
import subprocess
import sys
import threading

SHIM, FIX = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FULL = "--full" in sys.argv
BIN = os.path.abspath(os.environ["BIN"])
WORKERS = min(4, len(os.sched_getaffinity(0)))
CLASSES = ["alloc", "thread", "read", "write", "short", "open", "fsync", "rename", "mkdir", "close"]
LASTING = ["alloc", "read", "write"]  # also with every later call failing
NAMED = ["alloc", "thread", "write", "open", "fsync", "rename", "close"]  # also where no file can be without a name
TIMEOUT_S = 60

# Calls of libraries that may fail without harm: the library goes another way to the same result.
SURVIVES = {
    ("alloc", "libc.so.6", "_IO_file_doallocate"): "the buffer of a file: stdio then does without",
    ("alloc", "libc.so.6", "qsort_r"): "scratch of qsort: it then sorts in place",
    ("alloc", "libopenblas.so.0", "-"): "OpenBLAS asks again for its buffer, once",
    ("alloc", "libstdc++.so.6", "_Znwm"): "oneDNN's C++ gets a reserve; where nothing is computed with it, all is well",
    ("alloc", "mc-interp", "-"): "the reserve itself, where --version asks for the processor alone",
    ("open", "-", "nameless"): "the output has no name until it is complete; where that is refused it gets one",
}

# Calls of libraries that are made again without end when they keep failing; programs cannot step in.
ENDLESS = {
    ("alloc", "libopenblas.so.0"): "OpenBLAS asks for its buffer, 128 MiB a thread, for ever",
}

# Libraries that end the process themselves, in words of their own.
OWN_WORDS = {
    ("alloc", "libgomp.so.1"): "OpenMP, which oneDNN runs on, says so itself and ends with status 1",
}

# Libraries that use memory they did not get, where programs cannot step in.
CRASHES = {
    ("alloc", "libdnnl.so"): "oneDNN, which asks nobody before it uses some of its small blocks",
}

MULTIPLY = ["mc-eval", "mc-pretrain", "mc-finetune", "mc-curve"]  # the programs that run oneDNN

Case = collections.namedtuple("Case", "name args stdin outs stdout")


def case(name, args, stdin=None, stdout=None, **outs):
    return Case(name, args.split(), stdin, outs, stdout)


# {F}: the fixture, {W}: the directory of the run. Outputs by kind: bytes (the same in every run), payload (a stream
# that ISA-L compressed: its choice of matches depends a little on where its state lies in memory, once in some
# thousand runs; hence --level 0 elsewhere), log (a training table: times differ), check (a checkpoint: any whole
# one), dir (what mc-export makes: whole or absent), files (a directory of files, each whole or absent).
CASES = [
    case("synth task", "mc-synth --task sentiment --split dev -n 300 -o {W}/o", o="bytes"),
    case("synth corpus", "mc-synth --corpus -n 300", stdout="text"),
    case("synth tokenizer", "mc-synth --tokenizer {W}/lang", lang="files"),
    case("synth tokenizer roberta", "mc-synth --tokenizer {W}/lang --kind roberta", lang="files"),
    case("synth tokenizer t5", "mc-synth --tokenizer {W}/lang --kind t5", lang="files"),
    case("tokenize", "mc-tokenize --level 0 -t {F}/lang --task mood -o {W}/o {F}/dev.tsv", o="bytes"),
    case("tokenize jsonl", "mc-tokenize --level 0 -t {F}/lang --format jsonl --text text --label label",
         "dev.jsonl", "stream"),
    case("tokenize csv", "mc-tokenize --level 0 -t {F}/lang --format csv --header --labels positive,negative",
         "dev.csv", "stream"),
    case("tokenize t2t", "mc-tokenize --level 0 -t {F}/bytes --source a{{1}}b --target <mask>{{label}} --max-len 20 "
         "-o {W}/o {F}/dev.tsv", o="bytes"),
    case("tokenize free", "mc-tokenize --level 0 -t {F}/bytes --free --format csv --text sentence --label gold", "dev.csv", "stream"),
    case("tokenize unigram", "mc-tokenize --level 0 -t {F}/t5 --no-label -o {W}/o {F}/dev.tsv", o="bytes"),
    case("tokenize spiece", "mc-tokenize --level 0 -t {F}/spiece --no-label -o {W}/o {F}/dev.tsv", o="bytes"),
    case("tokenize corpus", "mc-tokenize --level 0 -t {F}/lang --corpus --threads 1 -o {W}/o {F}/plain.txt", o="bytes"),
    case("tokenize corpus stdout", "mc-tokenize --level 0 -t {F}/t5 --corpus --document paragraph --threads 2", "plain.txt", "stream"),
    case("init", "mc-init --level 0 {F}/config.json -t {F}/lang --labels negative,positive --seed-init 1 "
         "-o {W}/o", o="bytes"),
    case("init perturb", "mc-init --level 0 --perturb 0.1 --threads 2", "a.st.gz", "stream"),
    case("import", "mc-import --level 0 {F}/hf -t {F}/lang -o {W}/o", o="bytes"),
    case("import shards", "mc-import --level 0 {F}/shards --labels x,y,z", None, "stream"),
    case("import torch", "mc-import --level 0 {F}/torch -o {W}/o", o="bytes"),
    case("export", "mc-export {W}/hf -t {F}/lang --dtype f16", "a.st.gz", hf="dir"),
    case("finetune", "mc-finetune --level 0 --train {F}/train.tok.gz --dev {F}/dev.tok.gz --batch 32 --epochs 1 "
         "--save-at 0,2 --log {W}/log --checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o", "a.st.gz",
         o="bytes", log="log", c="check"),
    case("finetune resume", "mc-finetune --level 0 --train {F}/train.tok.gz --batch 32 --steps 4 --save-at 1,2 "
         "--only {F}/only --new-head --resume {F}/resume --threads 2", "a.st.gz", "stream"),
    case("finetune dynamics", "mc-finetune -q --level 0 --train {F}/train.tok.gz --train {F}/dev.tok.gz --batch 80 --epochs 2 --dynamics {W}/d "
         "--checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o", "a.st.gz", o="bytes", d="bytes", c="check"),
    case("knowledge", "mc-knowledge --dynamics {F}/dynamics.tsv --permutations 100 -o {W}/o {F}/each.tsv", o="bytes"),
    case("knowledge cartography", "mc-knowledge --dynamics {F}/dynamics.tsv --cartography {W}/hf", None, "table", hf="dir"),
    case("knowledge select", "mc-knowledge --dynamics {F}/dynamics.tsv --select forgotten -", "each.tsv", "text"),
    case("pretrain", "mc-pretrain -q --level 0 --train {F}/corpus.tok.gz --dev {F}/corpus.tok.gz --batch 8 --seq-len 16 --steps 2 --save-at 0,1 "
         "--log {W}/log --trace {W}/trace --checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o", "base.st.gz",
         o="bytes", log="log", trace="bytes", c="check"),
    case("pretrain t5", "mc-pretrain -q --level 0 --train {F}/t5.tok.gz --seq-len 16 --batch 4 --steps 1 --threads 2", "t2t/tied.st.gz", "stream"),
    case("eval corpus", "mc-eval --seq-len 16 --per-example {W}/each --threads 1 -o {W}/o {F}/corpus.tok.gz", "masked.st.gz",
         o="bytes", each="bytes"),
    case("curve", "mc-curve -q --level 0 --bends 2 --t-per-batch 2 --accum 2 --batch 20 --steps 3 --train {F}/train.tok.gz --dev {F}/dev.tok.gz --dev-every 2 "
         "--log {W}/log --checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o {F}/a.st.gz {F}/b.st.gz", o="bytes", log="log", c="check"),
    case("curve delta", "mc-curve -q --level 0 --base {F}/a.st.gz --with-base --steps 2 --train {F}/train.tok.gz --threads 2 - {F}/adapter.st.gz",
         "adapter.st.gz", "stream"),
    case("mixture", "mc-curve -q --level 0 --kind mix --by kind --mix-init 1 --steps 2 --batch 32 --train {F}/train.tok.gz --threads 1 -o {W}/o "
         "{F}/a.st.gz {F}/b.st.gz", o="bytes"),
    case("interp", "mc-interp -n 3 --threads 1 -o {W}/o {F}/a.st.gz {F}/b.st.gz", o="payload"),
    case("interp stdout", "mc-interp --level 0 --at 0,0.3,1 --threads 2 - {F}/b.st.gz", "a.st.gz", "stream"),
    case("interp chain", "mc-interp --kind chain -n 5 --level 0 --threads 1 -o {W}/o {F}/a.st.gz {F}/b.st.gz {F}/c.st.gz", o="bytes"),
    case("interp plane", "mc-interp --kind plane -n 2 --level 0 --threads 1 --project {W}/feet -o {W}/o {F}/a.st.gz {F}/b.st.gz {F}/c.st.gz "
         "{F}/path.st.gz", o="bytes", feet="bytes"),
    case("interp random", "mc-interp --kind random --dims 2 -n 2 --level 0", "a.st.gz", "stream"),
    case("interp groups", "mc-interp --kind slerp --by kind -n 2 --level 0 --threads 2 - {F}/b.st.gz", "a.st.gz", "stream"),
    case("interp curve", "mc-interp -n 3 --level 0 --threads 1", "curve.st.gz", "stream"),
    case("eval", "mc-eval --per-example {W}/each --threads 1 -o {W}/o {F}/dev.tok.gz x={F}/train.tok.gz", "path.st.gz",
         o="bytes", each="bytes"),
    case("eval groups", "mc-eval --threads 1 -o {W}/o {F}/dev.tok.gz", "groups.st.gz", o="bytes"),
    case("eval stdout", "mc-eval --examples 20 --per-example {W}/each {F}/dev.tok.gz", "path.st.gz", "table",
         each="bytes"),
    case("eval regression", "mc-eval --per-example {W}/each {F}/stars.tok.gz", "stars.st.gz", "table", each="bytes"),
    case("finetune delta", "mc-finetune -q --level 0 --method lora --with-base --train {F}/train.tok.gz --batch 32 --steps 3 --layer-decay 0.5 "
         "--no-decay lora_A --checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o", "a.st.gz", o="bytes", c="check"),
    case("finetune delta further", "mc-finetune -q --level 0 --base {F}/a.st.gz --train {F}/train.tok.gz --steps 2", "adapter.st.gz", "stream"),
    case("finetune prefix", "mc-finetune -q --level 0 --method prefix --prefix-len 3 --train {F}/train.tok.gz --batch 32 --steps 2 "
         "--checkpoint {W}/c --checkpoint-every 1 --threads 1 -o {W}/o", "a.st.gz", o="bytes", c="check"),
    case("eval prefix", "mc-eval --base {F}/a.st.gz --threads 1 -o {W}/o {F}/dev.tok.gz", "prefix.st.gz", o="bytes"),
    case("export peft", "mc-export --peft {W}/hf --base {F}/a.st.gz", "prefix.st.gz", hf="dir"),
    case("import peft", "mc-import --level 0 --base {F}/a.st.gz {F}/peft", None, "stream"),
    case("interp product", "mc-interp --level 0 --base {F}/a.st.gz --space product -n 3 -o {W}/o {F}/lora-1.st.gz {F}/lora-2.st.gz",
         o="bytes"),
    case("eval delta", "mc-eval --base {F}/a.st.gz --threads 1 -o {W}/o {F}/dev.tok.gz", "product.st.gz", o="bytes"),
    case("fold", "mc-fold --level 0 --base {F}/a.st.gz", "lora-1.st.gz", "stream"),
    case("dist delta", "mc-dist --base {F}/a.st.gz", "product.st.gz", "text"),
    case("init t5", "mc-init --level 0 {F}/t2t/t5.json -t {F}/t2t/t5 -o {W}/o", o="bytes"),
    case("import t5", "mc-import --level 0 {F}/t2t/hf -o {W}/o", o="bytes"),
    case("import t5 tied", "mc-import --level 0 {F}/t2t/twice/hf", None, "stream"),
    case("export t5", "mc-export {W}/hf -t {F}/t2t/t5", "t2t/tied.st.gz", hf="dir"),
    case("finetune t5", "mc-finetune --level 0 --train {F}/t2t/train.tok.gz --dev {F}/t2t/dev.tok.gz --batch 96 --epochs 1 "
         "--optimizer adafactor --adafactor-scale --log {W}/log --checkpoint {W}/c --checkpoint-every 1 --threads 2 -o {W}/o",
         "t2t/a.st.gz", o="bytes", log="log", c="check"),
    case("eval t5 score", "mc-eval --per-example {W}/each --threads 2 -o {W}/o {F}/t2t/dev.tok.gz", "t2t/path.st.gz",
         o="bytes", each="bytes"),
    case("eval t5 greedy", "mc-eval --decode greedy --max-new 12 --outputs {W}/text --per-example {W}/each --threads 2 "
         "-o {W}/o {F}/t2t/dev.tok.gz", "t2t/path.st.gz", o="bytes", each="bytes", text="bytes"),
    case("barrier", "mc-barrier --bootstrap 200 --per-example {F}/each.tsv -o {W}/o {F}/path.tsv", o="bytes"),
    case("barrier all", "mc-barrier --bootstrap 200 --width .1 --per-example {F}/each.tsv --per-example {F}/each.tsv {F}/path.tsv {F}/path.tsv", stdout="table"),
    case("matrix", "mc-matrix --names {F}/names.tsv -o {W}/o {F}/barrier.tsv", o="bytes"),
    case("matrix stdin", "mc-matrix -", "barrier.tsv", "table"),
    case("eval calibrate", "mc-eval --calibrate --after 7 --examples 20 --per-example {W}/each --threads 2 {F}/dev.tok.gz", "path.st.gz", "table",
         each="bytes"),
    case("barrier stdin", "mc-barrier --metric accuracy", "path.tsv", "table"),
    case("dist", "mc-dist --base {F}/plain.safetensors -o {W}/o {F}/a.st.gz {F}/b.st.gz", o="bytes"),
    case("dist stdout", "mc-dist --by tensor", "path.st.gz", "text"),
    case("dist series", "mc-dist --series -o {W}/o {F}/a.st.gz {F}/b.st.gz {F}/c.st.gz {F}/a.st.gz", o="bytes"),
    case("dist series stdout", "mc-dist --series --base {F}/a.st.gz", "product.st.gz", "text"),
    case("dist directories", "mc-dist {F}/hf {F}/torch", None, "text"),
    case("dist peft", "mc-dist --base {F}/hf {F}/peft {F}/lora-1.st.gz -o {W}/o", o="bytes"),
    case("pick", "mc-pick --level 0 0 t=1 -o {W}/o", "path.st.gz", o="bytes"),
    case("pick stdout", "mc-pick --level 9 1", "path.st.gz", "stream"),
    case("info", "mc-info -v {F}/path.st.gz {F}/plain.safetensors {F}/plain.gz -o {W}/o", o="bytes"),
    case("info check", "mc-info --check", "path.st.gz", "text"),
    case("info ids", "mc-info --ids {F}/dev.tok.gz", None, "text"),
    case("help", "mc-finetune --help", None, "text"),
    case("version", "mc-interp --version", None, "text"),
    case("options", "mc-finetune --options", None, "text"),
]

Result = collections.namedtuple("Result", "status out err files fired count endless")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def tree(top):
    """Relative path -> bytes; an empty directory -> None."""
    found = {}
    for folder, folders, names in os.walk(top):
        for n in names:
            p = os.path.join(folder, n)
            found[os.path.relpath(p, top)] = read(p)
        if not folders and not names and folder != top:
            found[os.path.relpath(folder, top)] = None
    return found


OLD = b"old\n"
here = threading.local()
workers = iter(range(1000))


def prepare(c, with_old):
    if not hasattr(here, "dir"):
        here.dir = os.path.join(FIX, "work%d" % next(workers))
    shutil.rmtree(here.dir, ignore_errors=True)
    os.makedirs(os.path.join(here.dir, "w"))
    for name, kind in c.outs.items():
        if with_old and kind in ("bytes", "payload", "log", "check"):
            with open(os.path.join(here.dir, "w", name), "wb") as f:
                f.write(OLD)
    return os.path.join(here.dir, "w")


def run(c, fault, with_old=True, named=False):
    w = prepare(c, with_old)
    report = os.path.join(here.dir, "report")
    env = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    if fault:
        env.update(LD_PRELOAD=SHIM, MC_FAULT=fault, MC_FAULT_REPORT=report)
    if named:
        env.update(MC_FAULT_NAMED="1")
    args = [a.format(F=FIX, W=w) for a in c.args]
    args[0] = os.path.join(BIN, args[0])
    with open(os.path.join(FIX, c.stdin) if c.stdin else os.devnull, "rb") as stdin:
        with open(os.path.join(here.dir, "out"), "wb") as out, open(os.path.join(here.dir, "err"), "wb") as err:
            try:
                status = subprocess.run(args, stdin=stdin, stdout=out, stderr=err, env=env,
                                        timeout=TIMEOUT_S).returncode
            except subprocess.TimeoutExpired:
                status = "hangs"
    text = read(report).decode() if os.path.exists(report) else ""
    fired = re.search(r"^fired (\S+) (\S+)$", text, re.M)
    endless = re.search(r"^endless (\S+) (\S+)$", text, re.M)
    count = re.search(r"^count (\d+)$", text, re.M)
    said = read(os.path.join(here.dir, "err")).decode(errors="replace")
    library = fired and re.sub(r"^(libdnnl\.so)\..*", r"\1", os.path.basename(fired[1]))
    where = fired and (library, fired[2])
    if fault and fault.startswith("alloc") and isinstance(status, int):
        if not fired and status == 1:
            where = ("-", "-")  # another thread ended the program before this one could report
        if fault.endswith(":all") and status < 0 and c.args[0] in MULTIPLY:
            where = ("libdnnl.so", "-")  # the first call that failed need not be of the thread that crashed
    return Result(status, read(os.path.join(here.dir, "out")), said, tree(w), where,
                  count and int(count[1]),
                  endless and os.path.basename(endless[1]))


def without_times(log):
    return [line.split(b"\t")[:5] + line.split(b"\t")[7:] for line in log.split(b"\n")]


def unfinished(log, whole):
    """A log grows in its place: rows of the whole one, and no last newline."""
    rows = without_times(log)[:-1]
    return not log.endswith(b"\n") and rows == without_times(whole)[:len(rows)]


def timeless(err):
    return re.sub(r"; [0-9.]+ s, peak memory .*", "", err)


def without_notes(err, good):
    """What a run says beyond the lines that the whole run begins with: a run that resumes says where it goes on."""
    err, good = err.splitlines(True), good.splitlines(True)
    said = 0
    while said < min(len(err), len(good)) and err[said] == good[said]:
        said += 1
    return "".join(err[said:])


def whole_stream(data):
    return subprocess.run([os.path.join(BIN, "mc-info"), "--check"], input=data, capture_output=True).returncode == 0


def same(kind, got, want):
    if kind == "log":
        return without_times(got) == without_times(want)
    if kind == "check":
        return got == want or whole_stream(got)
    if kind == "payload" and got != want:
        return whole_stream(got) and gzip.decompress(got) == gzip.decompress(want)
    return got == want


def target_faults(c, name, kind, r, good, finished):
    """What is wrong with a target after the run."""
    if kind in ("dir", "files"):
        inside = {p: b for p, b in r.files.items() if p == name or p.startswith(name + os.sep)}
        want = {p: b for p, b in good.files.items() if p.startswith(name + os.sep)}
        if finished or (kind == "dir" and inside):
            return [] if inside == want else ["%s is in part there" % name]
        return ["%s is not whole" % p for p, b in inside.items() if p != name and want.get(p) != b]
    got = r.files.get(name)
    if kind == "log" and not finished and got is not None and unfinished(got, good.files[name]):
        return []
    if finished:
        return [] if got is not None and same(kind, got, good.files[name]) else ["%s is not what it should be" % name]
    if got is None or got == OLD or same(kind, got, good.files[name]):
        return []
    return ["%s is neither old nor complete" % name]


def own_words(cls, r):
    """Whether OpenMP ended the run: not always at the call that failed first, and perhaps while another thread did,
    whose line may stand in the middle of OpenMP's, which is written in parts."""
    theirs = re.sub(r"mc-\w+: error: no memory for oneDNN\n", "", r.err)
    line = r"(libgomp: Out of memory allocating \d+ bytes)?"
    return cls == "alloc" and "libgomp: " in theirs and re.fullmatch("(%s\n)+" % line, theirs)


def target_faults_of(c, r, good):
    return [w for name, kind in c.outs.items() for w in target_faults(c, name, kind, r, good, r.status == 0)]


def looks_whole(c, r, good):
    return ["standard output looks whole"] if c.stdout in ("stream", "table") and r.out == good.out else []


def faults(c, cls, r, good):
    """What is wrong with a run in which a call failed."""
    if r.endless:
        return [] if (cls, r.endless) in ENDLESS else ["asks without end (%s)" % r.endless]
    if isinstance(r.status, int) and r.status < 0 and (cls, r.fired[0]) in CRASHES:
        return target_faults_of(c, r, good) + looks_whole(c, r, good)
    if not isinstance(r.status, int) or r.status < 0:
        return ["ends with %s (call of %s)" % (r.status, r.fired)]
    wrong = target_faults_of(c, r, good)
    stray = [p for p in r.files if p.split(os.sep)[0] not in c.outs]
    if stray:
        wrong.append("left over: %s" % " ".join(stray))
    if r.status == 0:
        if r.out != good.out:
            wrong.append("standard output is not what it should be, and the status is 0")
        if timeless(r.err) != timeless(good.err):
            wrong.append("says %r and succeeds" % r.err)
        if cls != "short" and (cls,) + r.fired not in SURVIVES:
            wrong.append("the failure is not noticed (call of %s)" % (r.fired,))
        return wrong
    if r.status != 1:
        wrong.append("status %d" % r.status)
    if cls == "short":
        wrong.append("a short write is taken for a failure")
    if not own_words(cls, r) and not re.fullmatch(r"%s: error: [^\n]+\n" % c.args[0], without_notes(r.err, good.err)):
        wrong.append("says %r" % r.err)
    if cls != "close":  # which has no bytes left to hold back: there the status alone tells
        wrong += looks_whole(c, r, good)
    if not good.out.startswith(r.out):
        wrong.append("standard output is no beginning of the right one")
    return wrong


def chosen(n):
    """The calls that fail, of n: all, or the first ones and some spread geometrically."""
    head, spread = (300, 200) if FULL else (8, 8)
    if n <= head:
        return list(range(1, n + 1))
    ratio = n / head
    return sorted(set(range(1, head + 1)) | {round(head * ratio ** (i / spread)) for i in range(spread + 1)})


def one(job):
    c, cls, k, suffix, named, with_old, good = job
    r = run(c, "%s:%d%s" % (cls, k, suffix), with_old, named)
    return job, r, faults(c, cls, r, good) if r.fired else None


def clean(c, good, r):
    """What is wrong with a run in which no call failed."""
    if r.status != 0:
        return ["status %s with no call failing: %s" % (r.status, r.err)]
    wrong = [] if r.out == good.out else ["standard output differs with no call failing"]
    for name, kind in c.outs.items():
        wrong += target_faults(c, name, kind, r, good, True)
    return wrong


def test(c, cls, named, good, pool, survived):
    """Returns what is wrong and how many calls failed."""
    r = run(c, cls + ":0", named=named)
    wrong = clean(c, good, r)
    if wrong:
        return wrong, 0
    n, fired = r.count, 0
    jobs = [(c, cls, k, suffix, named, with_old, good) for k in chosen(n)
            for suffix in ([""] if cls not in LASTING else ["", ":all"])
            for with_old in ([False, True] if c.outs and (n <= 4 or FULL and cls != "alloc") else [k % 2 == 1])]
    # threads: the calls of one run and another differ in number, since each prepares what falls to it
    jobs += [(c, cls, k, "", named, True, good) for k in (n + 1, n + 2, n + 3, 4 * n + 4)]
    for (_, _, k, suffix, _, _, _), r, bad in pool.map(one, jobs):
        if bad is None:
            bad = clean(c, good, r)
        else:
            fired += 1
            if r.endless:
                survived[(c.args[0], cls, r.endless)] += 1
            elif r.status == 0 and cls != "short":
                survived[(c.args[0], cls) + r.fired] += 1
            elif isinstance(r.status, int) and r.status < 0:
                survived[(c.args[0], cls, r.fired[0])] += 1
            elif own_words(cls, r):
                survived[(c.args[0], cls, "libgomp.so.1")] += 1
        wrong += ["%s:%d%s: %s" % (cls, k, suffix, b) for b in bad]
    if r.fired:
        wrong.append("no end of calls")
    return wrong, fired


def main():
    only = [a for a in sys.argv[3:] if a != "--full"]
    number, total, failed = 0, 0, 0
    survived = collections.Counter()
    fired_in = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for c in CASES:
            if only and c.name not in only and c.args[0] not in only:
                continue
            good = run(c, None)
            assert good.status == 0, (c.name, good.err)
            variants = [(cls, False) for cls in CLASSES] + [(cls, True) for cls in NAMED if c.outs]
            for cls, named in variants:
                wrong, fired = test(c, cls, named, good, pool, survived)
                if fired == 0 and not wrong:
                    continue  # no such call
                number += 1
                total += fired
                fired_in[cls] += fired
                failed += bool(wrong)
                print("%s %d - %s: %s%s, %d failures" % ("not ok" if wrong else "ok", number, c.name, cls,
                                                         " (named)" * named, fired), flush=True)
                for w in wrong[:8]:
                    print("#   " + w.replace("\n", "\\n"))
                if len(wrong) > 8:
                    print("#   and %d more" % (len(wrong) - 8), flush=True)
    print("1..%d" % number)
    print("# | %d calls failed: %s" % (total, ", ".join("%s %d" % x for x in fired_in.items())))
    known = {**SURVIVES, **ENDLESS, **OWN_WORDS, **CRASHES}
    for (tool, *call), n in sorted(survived.items()):
        print("# | %s, %d times: %s" % (tool, n, known.get(tuple(call), "unexpected: %s" % call)))
    unmet = set(CLASSES) - set(fired_in)
    if unmet and not only:
        print("not ok %d - no call of %s" % (number + 1, ", ".join(sorted(unmet))))
        failed += 1
    sys.exit(failed > 0)


main()
