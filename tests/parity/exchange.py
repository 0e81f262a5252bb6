"""Deltas in exchange with PEFT: what mc-export --peft writes, loaded by PeftModel; what PEFT saves, imported; logits of both, and
tensors that come back as they were. What PEFT can and a delta cannot is refused by name. On tiny BERTs, RoBERTas and T5s.

  exchange.py     BIN and DUMP in the environment name the programs

Prints a line a check and ends with "N passed, N failed"."""
import inspect, subprocess, tempfile, warnings
import model
import torch
from delta import CASES, LABELS, Case, begun, start
from peft import IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, get_peft_model, get_peft_model_state_dict
from pytorch import BIN, DUMP, check, check_near, check_same, digest, finish, largest, sh
from safetensors.torch import load_file


def task(c):
    return "SEQ_2_SEQ_LM" if c.t5 else "SEQ_CLS"


def logits(c, m):
    with torch.no_grad():
        return c.losses(m, range(c.n()))[0]


def ours(c, delta):
    sh(f"BASE={c.d}/base.st.gz {DUMP} {delta} {c.data} {c.d}/dump.safetensors")
    return load_file(f"{c.d}/dump.safetensors")["logits"]


def load(c, adapter, base=None):
    """PEFT's model of an adapter, which must have all of its tensors and nothing to warn of."""
    m = c.fresh(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*(adapter|keys|arguments).*")
        return PeftModel.from_pretrained(m, adapter).eval()


def differ(a, b):
    """Tensors that are not the same, by name and bit."""
    return float(len(set(a) ^ set(b)) + sum(not torch.equal(a[k], b[k]) for k in set(a) & set(b)))


def check_ours(name, c, seed):
    """A delta of mc-finetune, its weights moved off their start, in PEFT over the exported base."""
    tensors, adapter = start(c, "lora", seed), f"{c.d}/adapter"
    sh(f"{BIN}/mc-export --peft {adapter} --base {c.d}/base.st.gz < {c.d}/delta.safetensors; {BIN}/mc-export {c.d}/hf < {c.d}/base.st.gz")
    m = load(c, adapter, f"{c.d}/hf")
    check_near(f"{name}, exported: logits", ours(c, f"{c.d}/delta.safetensors"), logits(c, m))
    check(f"{name}, exported: tensors that PEFT has otherwise", differ(get_peft_model_state_dict(m), tensors), 0)
    sh(f"{BIN}/mc-import {adapter} --base {c.d}/base.st.gz > {c.d}/again.st.gz")
    check_same(f"{name}, exported: digest of import of export", digest(f"{c.d}/again.st.gz") == digest(f"{c.d}/delta.safetensors"))


def move(m):
    """What is trained, off its start."""
    with torch.no_grad():
        for p in m.parameters():
            if p.requires_grad:
                p.add_(0.1 * torch.randn_like(p))


def save(c, adapter, seed, **options):
    """PEFT's model of a new LoRA, its weights moved off their start, saved; its logits."""
    torch.manual_seed(seed)
    options = {"r": 4, "lora_alpha": 6, "task_type": task(c), **options}
    m = get_peft_model(c.fresh(), LoraConfig(**options)).eval()
    move(m)
    sh(f"rm -rf {adapter}")
    m.save_pretrained(adapter)
    return logits(c, m)


def check_back(name, c, adapter, back, logits_of, z):
    """What was imported from one directory and exported into another one."""
    apart = differ(load_file(f"{adapter}/adapter_model.safetensors"), load_file(f"{back}/adapter_model.safetensors"))
    check(f"{name}, and exported: tensors that differ", apart, 0)
    check_near(f"{name}, and exported: logits in PEFT", logits_of(c, load(c, back)), z, 1e-6)


def check_theirs(name, c, seed, **options):
    """An adapter of PEFT as a delta, and back."""
    adapter, back, base = f"{c.d}/theirs", f"{c.d}/back", f"{c.d}/base.st.gz"
    z = save(c, adapter, seed, **options)
    sh(f"rm -rf {back}; {BIN}/mc-import {adapter} --base {base} > {c.d}/in.st.gz; {BIN}/mc-export --peft {back} --base {base} < {c.d}/in.st.gz; "
       f"{BIN}/mc-import {back} --base {base} > {c.d}/twice.st.gz")
    check_near(f"{name}, imported: logits", ours(c, f"{c.d}/in.st.gz"), z)
    check_back(name, c, adapter, back, logits, z)
    check_same(f"{name}, and imported again: another digest", digest(f"{c.d}/in.st.gz") == digest(f"{c.d}/twice.st.gz"))
    sh(f"{BIN}/mc-fold --base {base} {c.d}/in.st.gz > {c.d}/folded.st.gz")
    sh(f"{DUMP} {c.d}/folded.st.gz {c.data} {c.d}/dump.safetensors")
    folded = load_file(f"{c.d}/dump.safetensors")["logits"]
    check_near(f"{name}, and folded: logits", folded, z, 2e-5)


def check_body(name, c):
    """An adapter of the body alone, whose names lack its prefix: the base's head stays."""
    torch.manual_seed(5)
    m = c.fresh()
    p = get_peft_model(m.base_model, LoraConfig(r=3, target_modules=r"encoder\..*query", rank_pattern={"^encoder.layer.1.attention.self.query": 2},
                                                task_type="FEATURE_EXTRACTION")).eval()
    with torch.no_grad():
        for k, w in p.named_parameters():
            if "lora_" in k:
                w.add_(0.1 * torch.randn_like(w))
    p.save_pretrained(f"{c.d}/body")
    sh(f"{BIN}/mc-import {c.d}/body --base {c.d}/base.st.gz > {c.d}/in.st.gz; {BIN}/mc-export --peft {c.d}/whole --base {c.d}/base.st.gz < {c.d}/in.st.gz")
    z = logits(c, m)
    check_near(f"{name}, of the body alone, imported: logits", ours(c, f"{c.d}/in.st.gz"), z)
    check_near(f"{name}, of the body alone, and exported: logits in PEFT", logits(c, load(c, f"{c.d}/whole")), z, 1e-6)


PREFIX = 5  # positions that it takes of the model's


def shorten(c, seed):
    """Sequences that leave room for the prefix."""
    if not c.t5:
        config = c.fresh().config
        config.max_position_embeddings -= PREFIX
        model.random_tokens(c.data, config, LABELS, 40, seed)
        c.rows = model.read_tokens(c.data, LABELS)


def prefix_logits(c, p):
    """PEFT's own forward looks for past_key_values, which transformers has renamed in its encoders: theirs is called, row by row."""
    if c.t5:
        return logits(c, p)
    m, z = p.base_model, []
    keeps = "cache" if "cache" in inspect.signature(m.base_model.forward).parameters else "past_key_values"
    with torch.no_grad():
        for ids, types, _ in c.rows:
            h = m.base_model(input_ids=ids[None], token_type_ids=types[None], **{keeps: p.get_prompt(1)})
            z.append(m.classifier(h.last_hidden_state if m.config.model_type == "roberta" else h.pooler_output))
    return torch.cat(z)


def check_prefix_ours(name, c, seed):
    """A prefix of mc-finetune, moved off its start, in PEFT over the exported base; what PEFT has no shape for is refused."""
    base, adapter = f"{c.d}/base.st.gz", f"{c.d}/prefix"
    tensors = begun(c, f"--method prefix --prefix-len {PREFIX}", seed, 0.3, f"{c.d}/prefix.safetensors")
    export = f"{BIN}/mc-export --peft {adapter} --base {base} < {c.d}/prefix.safetensors"
    if "wider" in CASES[name][0]:
        r = subprocess.run(export, shell=True, capture_output=True, text=True)
        check_same(f"{name}, prefix: PEFT has no such shape", r.returncode == 1 and "PEFT has no prefix" in r.stderr)
        return
    sh(export)
    m = load(c, adapter, f"{c.d}/hf")
    check_near(f"{name}, prefix, exported: logits", ours(c, f"{c.d}/prefix.safetensors"), prefix_logits(c, m))
    theirs = get_peft_model_state_dict(m)
    if c.t5:  # whose layer i reads part 2 i: the layers' own are there, zeros between them
        parts = theirs["prompt_embeddings"].view(PREFIX, -1, 2, 2 * m.config.d_model)
        check(f"{name}, prefix, exported: what no layer reads", largest(parts[:, :, 1].detach()), 0)
        theirs = theirs | {"prompt_embeddings": parts[:, :, 0].reshape(PREFIX, -1).contiguous()}
    check(f"{name}, prefix, exported: tensors that PEFT has otherwise", differ(theirs, tensors), 0)
    sh(f"{BIN}/mc-import {adapter} --base {base} > {c.d}/again.st.gz")
    check_same(f"{name}, prefix: digest of import of export", digest(f"{c.d}/again.st.gz") == digest(f"{c.d}/prefix.safetensors"))


def check_prefix_theirs(name, c, seed, projection):
    """A prefix of PEFT, which saves what a projection makes of it, as a delta, and back."""
    adapter, back, base = f"{c.d}/theirs", f"{c.d}/back", f"{c.d}/base.st.gz"
    torch.manual_seed(seed)
    m = get_peft_model(c.fresh(), PrefixTuningConfig(task_type=task(c), num_virtual_tokens=PREFIX, prefix_projection=projection, encoder_hidden_size=7)).eval()
    move(m)
    sh(f"rm -rf {adapter} {back}")
    m.save_pretrained(adapter)
    z = prefix_logits(c, m)
    sh(f"{BIN}/mc-import {adapter} --base {base} > {c.d}/in.st.gz; {BIN}/mc-export --peft {back} --base {base} < {c.d}/in.st.gz")
    check_near(f"{name}, imported: logits", ours(c, f"{c.d}/in.st.gz"), z)
    check_back(name, c, adapter, back, prefix_logits, z)


# What LoraConfig can say, by kind of model.
ENCODER = {
    "patterns": dict(target_modules=["value", "query", "dense"], use_rslora=True, modules_to_save=["pooler"],
                     rank_pattern={r"layer\.1\..*query": 7, "query": 2, "intermediate.dense": 3},
                     alpha_pattern={r"layer.0.attention.self.value": 9, "output.dense": 2.5}),
    "a regular expression": dict(target_modules=r".*\.layer\.[1-9]\..*(key|output\.dense)"),
    "all linear maps": dict(target_modules="all-linear"),
    "one layer, less its key": dict(target_modules=["query", "key"], layers_to_transform=[1], layers_pattern="layer",
                                    exclude_modules=["self.key"]),
    "layer 0 by its number": dict(target_modules=["query"], layers_to_transform=0),
    "without a task": dict(target_modules=["query"], task_type=None),
    "whole embeddings": dict(target_modules=["query"], modules_to_save=["word_embeddings", "LayerNorm"]),
}
T5 = {
    "patterns": dict(target_modules=["v", "q", "EncDecAttention.o"], use_rslora=True,
                     rank_pattern={r"^encoder.block.0.layer.0.SelfAttention.q": 7, r"decoder\..*\.q": 2},
                     alpha_pattern={r"EncDecAttention\.[ov]": 9}),
    "a regular expression": dict(target_modules=r"decoder.*\.(wo|wi|wi_0|k)"),
    "all linear maps": dict(target_modules="all-linear"),
    "one layer": dict(target_modules=["q", "k"], layers_to_transform=[1]),
}

# What a delta cannot say, and the word that the error has.
REFUSED = {
    "use_dora": dict(use_dora=True),
    "lora_bias": dict(lora_bias=True),
    "bias 'all'": dict(bias="all"),
    "bias 'lora_only'": dict(bias="lora_only"),
    "'pissa'": dict(init_lora_weights="pissa"),
    "'olora'": dict(init_lora_weights="olora"),
    "lora_embedding_": dict(target_modules=["query", "word_embeddings"]),
    "trainable_token_indices": dict(trainable_token_indices={"word_embeddings": [1, 2]}),
    "modules_to_save, one within another": dict(modules_to_save=["embeddings"]),
    "target_parameters": dict(target_parameters=["intermediate.dense.weight"]),
}


def refused(name, c, adapter, word):
    r = subprocess.run([f"{BIN}/mc-import", adapter, "--base", f"{c.d}/base.st.gz", "-o", f"{c.d}/x"], capture_output=True, text=True)
    right = r.returncode == 1 and word in r.stderr and r.stderr.count("\n") == 1
    check_same(f"{name}: refused by the name {word}" + ("" if right else f": {r.stderr}"), right)


def check_refusals(name, c):
    for i, (word, options) in enumerate(REFUSED.items()):
        save(c, f"{c.d}/no", i, **{"target_modules": ["query"], **options})
        refused(name, c, f"{c.d}/no", word)
    sh(f"rm -rf {c.d}/no")
    get_peft_model(c.fresh(), IA3Config(target_modules=["query", "output.dense"], feedforward_modules=["output.dense"],
                                        task_type=task(c))).save_pretrained(f"{c.d}/no")
    refused(name, c, f"{c.d}/no", "IA3")


def check_pickled(name, c):
    """adapter_model.bin, as torch.save writes it."""
    adapter = f"{c.d}/it's"
    save(c, f"{c.d}/pickle", 3, target_modules=["query"])
    tensors = load_file(f"{c.d}/pickle/adapter_model.safetensors")
    sh(f"mv {c.d}/pickle \"{adapter}\"; rm \"{adapter}/adapter_model.safetensors\"")
    torch.save(tensors, f"{adapter}/adapter_model.bin")
    read = [f"{BIN}/mc-import", adapter, "--base", f"{c.d}/base.st.gz", "-o", f"{c.d}/pickled.st.gz"]
    subprocess.run(read, check=True)
    sh(f"zcat {c.d}/pickled.st.gz > {c.d}/pickled.safetensors")
    check(f"{name}, pickled: tensors that differ", differ(load_file(f"{c.d}/pickled.safetensors"), tensors), 0)


def main():
    for i, name in enumerate(CASES):
        with tempfile.TemporaryDirectory() as d:
            c = Case(name, d, 60 + i)
            check_ours(name, c, i)
            for k, (what, options) in enumerate((T5 if c.t5 else ENCODER).items()):
                if name == "RoBERTa" and "pooler" in options.get("modules_to_save", []):
                    options = {**options, "modules_to_save": None}
                check_theirs(f"{name}, {what}", c, 10 * i + k, **options)
            if not c.t5:
                check_body(name, c)
            if name == "BERT":
                check_refusals(name, c)
                check_pickled(name, c)
            shorten(c, i)
            check_prefix_ours(name, c, i)
            for projection in (False, True) if "wider" not in CASES[name][0] else ():
                check_prefix_theirs(f"{name}, prefix{', projected' if projection else ''}", c, i, projection)


if __name__ == "__main__":
    finish(main)
