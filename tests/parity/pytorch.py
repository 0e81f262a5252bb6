"""What the checks against PyTorch share: running the programs, comparing with a bound, and the same updates in both.

BIN and DUMP in the environment name the programs. A script that uses this prints a line a check and ends with "N passed, N failed"."""
import contextlib, math, os, re, subprocess, sys

os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
import torch
from safetensors.torch import load_file
from transformers.utils import logging

logging.set_verbosity_error()
logging.disable_progress_bar()

BIN, DUMP = os.environ["BIN"], os.environ["DUMP"]
passed = failed = 0


def check(name, value, bound):
    """value must be at most bound; not a number fails."""
    global passed, failed
    ok = bool(value <= bound)
    passed, failed = passed + ok, failed + (not ok)
    print(f"{'ok' if ok else 'FAILED':6} {name}: {value:.3g} (bound {bound:.3g})", flush=True)


def sh(command, **kw):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=True, **kw)


def said(command):
    """What a command writes to its standard output."""
    return sh(command, capture_output=True, text=True).stdout


def rows_of(path):
    """The rows of a table, without its header, as lists of cells."""
    with open(path) as f:
        return [line.split("\t") for line in f.read().split("\n")[1:-1]]


def digest(path):
    return said(f"{BIN}/mc-info --digest {path}").split("\t")[0]


def largest(z):
    return float(z.abs().max())


def check_near(name, z, reference, share=1e-5):
    """Tensors that are as near as a share of the reference's largest value."""
    check(name, largest(z - reference), share * largest(reference))


def check_same(name, same):
    """What must be so to the bit."""
    check(name, float(not same), 0)


# --- a model's outputs and gradients

def check_gradients(name, parameters, got):
    """A dump's gradients beside those of PyTorch, by the dump's names."""
    reference = {k: p.grad.double() for k, p in parameters.items()}
    whole = math.sqrt(sum(float((g * g).sum()) for g in reference.values()))
    worst = 0.0
    for k, g in reference.items():
        apart = float((got["grad." + k].double() - g).norm())
        worst = max(worst, apart / (1e-4 * float(g.norm()) + 1e-6 * whole))
    check(f"{name}: {len(reference)} gradient tensors, worst share of the bound", worst, 1)


def check_outputs(name, d, data, m, run):
    """The directory's model on a token set; run gives PyTorch's logits, loss of every example, and the mean that is minimised."""
    sh(f"{BIN}/mc-import {d} > {d}/m.st.gz; {DUMP} {d}/m.st.gz {data} {d}/dump.safetensors")
    got = load_file(f"{d}/dump.safetensors")
    m.zero_grad()
    z, each, mean = run()
    mean.backward()
    z, each = z.detach(), each.detach().double()
    check_near(f"{name}: logits", got["logits"], z)
    # one example's loss is as exact as its logits; the mean is held to the bound of a loss
    check(f"{name}: loss of every example", largest(got["loss"] - each), 2e-5 * largest(z))
    mean = float(each.mean())
    check(f"{name}: mean loss", abs(float(got["loss"].mean()) - mean), 1e-6 * max(1, mean))
    check_gradients(name, dict(m.named_parameters()), got)
    return z, mean


def check_eval(name, row, mean, accuracy):
    """A row of mc-eval's table."""
    check(f"{name}'s loss", abs(float(row[4]) - mean), 1e-6 * max(1, mean))
    check(f"{name}'s accuracy", abs(float(row[5]) - accuracy), 1e-9)


class RoundedLinear(torch.autograd.Function):
    """x W^T + b; the inputs of this product and of its gradients rounded to bfloat16, sums in float32."""

    @staticmethod
    def forward(ctx, x, w, b):
        x, w = (t.bfloat16().float() for t in (x, w))
        ctx.save_for_backward(x, w)
        ctx.biased = b is not None
        return x @ w.T + b if ctx.biased else x @ w.T

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        rounded = dy.bfloat16().float()
        rows = lambda t: t.reshape(-1, t.shape[-1])
        return rounded @ w, rows(rounded).T @ rows(x), rows(dy).sum(0) if ctx.biased else None


@contextlib.contextmanager
def rounded_linears():
    plain = torch.nn.Linear.forward
    torch.nn.Linear.forward = lambda self, x: RoundedLinear.apply(x, self.weight, self.bias)
    try:
        yield
    finally:
        torch.nn.Linear.forward = plain


def check_bf16(name, d, data, m, run, logits=2e-2, gradient=1e-2, mean=None):
    """--precision bf16 against float32, and against PyTorch with rounded products; mean bounds the loss against those."""
    sh(f"{DUMP} {d}/m.st.gz {data} {d}/bf16.safetensors bf16")
    got = load_file(f"{d}/bf16.safetensors")
    loss = float(got["loss"].mean())
    with torch.no_grad():
        exact = float(run()[1].double().mean())
    check(f"{name}: bf16, mean loss against float32, relative", abs(loss - exact) / exact, 1e-2)
    with rounded_linears():
        m.zero_grad()
        z, each, minimised = run()
        minimised.backward()
    z, each = z.detach(), each.detach()
    check(f"{name}: bf16, logits against rounded products", largest(got["logits"] - z) / largest(z), logits)
    if mean:
        check(f"{name}: bf16, mean loss against them", abs(loss - float(each.double().mean())), mean * max(1, exact))
    apart = whole = 0.0
    for k, p in m.named_parameters():
        apart += float((got["grad." + k].double() - p.grad.double()).square().sum())
        whole += float(p.grad.double().square().sum())
    check(f"{name}: bf16, gradient against theirs, relative", math.sqrt(apart / whole), gradient)


# --- updates

def layers_above(name, c):
    """Layers from a parameter's own to the top of its stack, one more than all for embeddings, none for what stands above."""
    t5 = c.model_type == "t5"
    depth = {"encoder": c.num_layers, "decoder": c.num_decoder_layers} if t5 else {"encoder": c.num_hidden_layers}
    layer = re.search(r"(encoder|decoder)\.(?:block|layer)\.(\d+)\.", name)
    if layer:
        return depth[layer[1]] - int(layer[2])
    return max(depth.values()) + 1 if "embeddings." in name or name == "shared.weight" else 0


def params_by_decay(m, wd, layer_decay=1.0, no_decay=()):
    """Groups of torch's optimizers; "rate" is the factor on a group's learning rate."""
    groups = {}
    for n, p in m.named_parameters():
        key = layer_decay ** layers_above(n, m.config), any(x in n for x in ("bias", "LayerNorm", "layer_norm", *no_decay))
        groups.setdefault(key, []).append(p)
    return [{"params": p, "rate": rate, "weight_decay": 0.0 if spared else wd} for (rate, spared), p in groups.items()]


def lr_factor(step, total, warmup):
    return step / warmup if step < warmup else max(0.0, (total - step) / max(1, total - warmup))


def updates(n, size, steps, seed=7):
    """The examples of every update, in the order that mc-finetune has; with the update's number."""
    done = epoch = 0
    while True:
        order = [int(x) for x in said(f"{DUMP} order {seed} {epoch} {n}").split()]
        epoch += 1
        for at in range(0, n, size):
            yield done, order[at:at + size]
            done += 1
            if done == steps:
                return


def follow(log, opt, n, steps, size, backward, clip, rate=None):
    """The updates of mc-finetune's log again by an optimizer of PyTorch: the worst difference of losses, and the worst relative one
    of gradient norms. backward(examples) leaves the gradients and gives the loss; rate(update) is the learning rate of a group of factor 1,
    without it the groups have their own."""
    lines, worst, norms = rows_of(log), 0.0, 0.0
    trained = [p for group in opt.param_groups for p in group["params"]]
    for done, take in updates(n, size, steps):
        loss = backward(take)
        norm = float(torch.nn.utils.clip_grad_norm_(trained, clip if clip else 1e30))
        for group in opt.param_groups if rate else ():
            group["lr"] = rate(done) * group["rate"]
        opt.step()
        opt.zero_grad()
        worst = max(worst, abs(float(lines[done][2]) - loss))
        norms = max(norms, abs(float(lines[done][4]) - norm) / norm)
    return worst, norms


def check_updates(name, d, data, m, n, opt, backward, opts, batch, accum, lr, warmup, clip, steps=20):
    """Updates without dropout, in the order of examples that the tool has: losses, norms, and the weights that they end in."""
    given = "" if lr is None else f"--lr {lr}"
    sh(f"{BIN}/mc-finetune --train {data} --steps {steps} --batch {batch} --accum {accum} {given} --seed 7 --dropout 0 "
       f"{opts} --log {d}/log.tsv < {d}/m.st.gz > {d}/tuned.st.gz; zcat {d}/tuned.st.gz > {d}/tuned.safetensors")
    rate = None if lr is None else lambda done: lr * (lr_factor(done, steps, warmup) if warmup is not None else 1)
    worst, norms = follow(f"{d}/log.tsv", opt, n, steps, batch * accum, backward, clip, rate)
    check(f"{name}: loss of {steps} updates", worst, 1e-4)
    check(f"{name}: gradient norms, relative", norms, 1e-3)
    mine, first = load_file(f"{d}/tuned.safetensors"), load_file(f"{d}/model.safetensors")
    apart = moved = 0.0
    for k, p in m.named_parameters():
        # without the key biases, whose gradient is rounding alone: Adam makes full steps of it
        if not k.endswith("key.bias"):
            apart += float((mine[k] - p.detach()).double().square().sum())
            moved += float((first[k] - p.detach()).double().square().sum())
    check(f"{name}: weights after them, relative to the way they went", math.sqrt(apart / moved), 2e-3)


# --- exchange

def check_halves(name, d, m):
    """mc-export's narrow types, as a file and imported again."""
    for t, kind in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        sh(f"rm -rf {d}/half; {BIN}/mc-export {d}/half --dtype {t} < {d}/m.st.gz; {BIN}/mc-import {d}/half | zcat > {d}/half.safetensors")
        raw, wide = load_file(f"{d}/half/model.safetensors"), load_file(f"{d}/half.safetensors")
        same = all(torch.equal(raw[k], p.to(kind)) and torch.equal(wide[k], p.to(kind).float()) for k, p in m.named_parameters())
        check_same(f"{name}: --dtype {t}, out and in", same)


def finish(main, exact=False):
    """Runs the checks, says how many there were, and ends."""
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(exact)
    main()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)
