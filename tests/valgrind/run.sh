#!/usr/bin/env bash
# One small pipeline of all programs, and some of its failures, under valgrind's memcheck: no wrong access, nothing
# undefined that decides anything or is written, no leak of any kind. Every command runs without valgrind first: what
# it writes must be the same, inflated (the bytes of gzip depend on the processor that ISA-L sees).
# Ends with a line "N passed, N failed".   BIN=build/bin OUT=build/valgrind tests/valgrind/run.sh
set -uo pipefail
TOP=$(cd "$(dirname "$0")/../.." && pwd)
cd "$TOP"
BIN=$(cd "$BIN" && pwd)
memcheck=(valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all
    --num-callers=30 --gen-suppressions=all --suppressions="$PWD/tests/valgrind/libraries.supp")
rm -rf "$OUT"
mkdir -p "$OUT/plain" "$OUT/memcheck"
cd "$OUT"
# valgrind knows no AVX-512, and processors differ: the kernels and OpenBLAS's for AVX2, in both runs.
export MC_GEMM=openblas
[ "$(uname -m)" != x86_64 ] || export MC_KERNELS=${MC_KERNELS:-v3} OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-Haswell}
passed=0 failed=0 n=0

plainly() { case $1 in *.gz) gzip -dc <"$1" 2>/dev/null ;; *) cat "$1" ;; esac; }

# What is said on stderr but for seconds and memory.
timeless() { sed 's/; [0-9.]* s, peak memory .*//' "$1"; }

# step STATUS INPUT OUTPUT PROGRAM ARGUMENT...: in both folders; INPUT and OUTPUT are files there
step() {
    local want=$1 in=$2 out=$3 log=$PWD/log rc_plain rc same=1
    local command=("$BIN/$4" --threads 2 "${@:5}")
    n=$((n + 1))
    (cd plain && "${command[@]}" <"$in" >"$out" 2>err)
    rc_plain=$?
    (cd memcheck && "${memcheck[@]}" --log-file="$log" "${command[@]}" <"$in" >"$out" 2>err)
    rc=$?
    cmp -s <(plainly "plain/$out") <(plainly "memcheck/$out") && cmp -s <(timeless plain/err) <(timeless memcheck/err) || same=0
    if [ $rc = "$want" ] && [ $rc_plain = "$want" ] && [ $same = 1 ] && [ ! -s "$log" ]; then
        passed=$((passed + 1))
        printf 'ok      %s\n' "${*:4}"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s (status %s, without valgrind %s%s)\n' "${*:4}" $rc $rc_plain \
            "$([ $same = 1 ] || echo '; other bytes')"
        cat memcheck/err "$log"
    fi
}
does() { step 0 "$@"; }
refuses() { step 1 "$@"; }

does /dev/null none mc-synth --tokenizer lang
for d in plain memcheck; do
    printf '{"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": %d, "max_position_embeddings": 64}' \
        "$(wc -l <$d/lang/vocab.txt)" >$d/config.json
done
does /dev/null corpus.txt mc-synth --corpus -n 5
does /dev/null train.tsv mc-synth --task sentiment --split train -n 12
does /dev/null pairs.tsv mc-synth --task inference --split dev -n 8
does train.tsv train.tok.gz mc-tokenize -t lang --task mood --level 1
does pairs.tsv pairs.tok.gz mc-tokenize -t lang --max-len 12
does train.tsv none mc-tokenize -t lang -o dev.tok.gz
for d in plain memcheck; do # byte-level BPE, which joins pieces
    mkdir $d/bytes
    python3 -c '
import json
glyphs = [*map(chr, [*range(33, 127), *range(161, 173), *range(174, 256)]), *map(chr, range(256, 324))]
print(json.dumps({p: i for i, p in enumerate(["<s>", "<pad>", "</s>", "<unk>", *glyphs, "<mask>"])}))' >$d/bytes/vocab.json
    echo '#version: 0.2' >$d/bytes/merges.txt
    sed 's/\t.*/\t0.5/' $d/train.tsv >$d/numbers.tsv
done
does pairs.tsv t2t.tok.gz mc-tokenize -t bytes --source 'a {1} b {2}' --target '<mask>{label}' --max-len 40
does train.tsv answers.tok.gz mc-tokenize -t bytes --free
does numbers.tsv numbers.tok.gz mc-tokenize -t bytes --regression
does /dev/null t2t.txt mc-info --ids t2t.tok.gz answers.tok.gz numbers.tok.gz
does /dev/null t2t-list.txt mc-info t2t.tok.gz answers.tok.gz numbers.tok.gz
does /dev/null t2t-check.txt mc-info --check t2t.tok.gz answers.tok.gz numbers.tok.gz
does /dev/null none mc-synth --tokenizer lang5 --kind t5
does /dev/null none mc-synth --tokenizer langr --kind roberta
does train.tsv none mc-tokenize -t lang5 -o train5.tok.gz
does train.tsv none mc-tokenize -t langr -o trainr.tok.gz
does /dev/null base.st.gz mc-init config.json -t lang --seed-init 1 --level 9
does base.st.gz near.st.gz mc-init --perturb .01
does base.st.gz a.st.gz mc-finetune --train train.tok.gz --epochs 2 --batch 4 --accum 2 --save-at 0,2 --level 1
does base.st.gz none mc-finetune --train train.tok.gz --dev dev.tok.gz --steps 3 --batch 4 --seed 2 --optimizer sgd \
    --log log.tsv --checkpoint state.st.gz --checkpoint-every 2 -o b.st.gz
does base.st.gz c.st.gz mc-finetune --train train.tok.gz --dev dev.tok.gz --steps 3 --batch 4 --seed 2 --optimizer sgd \
    --log log2.tsv --checkpoint state.st.gz --checkpoint-every 2 --resume state.st.gz
does base.st.gz d.st.gz mc-finetune --train train.tok.gz --steps 2 --batch 4 --precision bf16
does a.st.gz a1.st.gz mc-pick step=2
does /dev/null path.st.gz mc-interp -n 3 a1.st.gz b.st.gz
does a1.st.gz off.st.gz mc-init --perturb .01
does /dev/null chain.st.gz mc-interp --kind chain -n 4 path.st.gz off.st.gz
does /dev/null plane.st.gz mc-interp --kind plane -n 2 --project feet.tsv a1.st.gz b.st.gz off.st.gz path.st.gz
does a1.st.gz random.st.gz mc-interp --kind random --dims 2 -n 2
does /dev/null groups.st.gz mc-interp --kind slerp --by sublayer --grow down -n 2 a1.st.gz b.st.gz
does /dev/null curve.st.gz mc-curve --train train.tok.gz --dev dev.tok.gz --steps 3 --batch 3 --accum 2 --bends 2 --t-per-batch 2 --bend-init .1 \
    --log log3.tsv --checkpoint statec.st.gz --checkpoint-every 2 a1.st.gz b.st.gz
does /dev/null curve2.st.gz mc-curve --train train.tok.gz --dev dev.tok.gz --steps 3 --batch 3 --accum 2 --bends 2 --t-per-batch 2 --bend-init .1 \
    --log log4.tsv --resume statec.st.gz a1.st.gz b.st.gz
does /dev/null mix.st.gz mc-curve --train train.tok.gz --steps 3 --batch 4 --kind mix --by tensor --mix-init 1 --optimizer sgd a1.st.gz b.st.gz
does path.st.gz path.tsv mc-eval --per-example each.tsv dev.tok.gz other=train.tok.gz
does path.st.gz part.tsv mc-eval --examples 3 --precision bf16 dev.tok.gz
does groups.st.gz groups.tsv mc-eval --examples 3 dev.tok.gz other=train.tok.gz
does groups.st.gz groups16.tsv mc-eval --examples 3 --precision bf16 dev.tok.gz
does path.st.gz one.tsv mc-eval --per-example one-each.tsv dev.tok.gz
does /dev/null barrier.tsv mc-barrier --per-example each.tsv --per-example one-each.tsv --bootstrap 50 path.tsv one.tsv
does path.st.gz calibrated.tsv mc-eval --calibrate --after 2 --examples 20 dev.tok.gz
does /dev/null all.tsv mc-barrier --width .1 --per-example each.tsv --per-example each.tsv --per-example each.tsv --bootstrap 50 path.tsv path.tsv path.tsv
does /dev/null one-barrier.tsv mc-barrier one.tsv
does /dev/null matrix.tsv mc-matrix one-barrier.tsv
does path.st.gz distance.tsv mc-dist --base base.st.gz
does /dev/null list.txt mc-info path.st.gz train.tok.gz
does /dev/null list.tsv mc-info --tsv path.st.gz
does /dev/null check.txt mc-info --check path.st.gz a.st.gz
does /dev/null digest.txt mc-info --digest path.st.gz pairs.tok.gz
does /dev/null ids.txt mc-info --ids train.tok.gz
does b.st.gz none mc-export hf -t lang
does b.st.gz none mc-export hf16 --dtype bf16
does /dev/null b2.st.gz mc-import hf
does /dev/null b16.st.gz mc-import hf16

# deltas: two LoRAs of two ranks and their paths, an adapter, biases
does a1.st.gz l1.st.gz mc-finetune --train train.tok.gz --steps 3 --batch 4 --method lora --rank 2 --with-base --layer-decay .5 --no-decay lora_A \
    --checkpoint stated.st.gz --checkpoint-every 2
does a1.st.gz l1b.st.gz mc-finetune --train train.tok.gz --steps 3 --batch 4 --method lora --rank 2 --with-base --layer-decay .5 --no-decay lora_A \
    --resume stated.st.gz
does a1.st.gz l2.st.gz mc-finetune --train train.tok.gz --steps 2 --batch 4 --method lora --rank 3 --seed 2
does a1.st.gz ad.st.gz mc-finetune --train train.tok.gz --steps 2 --batch 4 --method adapter --new-head
does a1.st.gz pre.st.gz mc-finetune --train train.tok.gz --steps 2 --batch 4 --method prefix --prefix-len 3
does pre.st.gz pre2.st.gz mc-finetune --train train.tok.gz --steps 1 --batch 4 --base a1.st.gz
does pre2.st.gz pre.tsv mc-eval --base a1.st.gz dev.tok.gz
does pre.st.gz none mc-export --peft --base a1.st.gz peft
does /dev/null pre3.st.gz mc-import --base a1.st.gz peft
does a1.st.gz bf.st.gz mc-finetune --train train.tok.gz --dev dev.tok.gz --steps 2 --batch 4 --method bitfit
does /dev/null product.st.gz mc-interp --space product --at -.2,0,.5,1 --base a1.st.gz l1.st.gz l2.st.gz
does product.st.gz product.tsv mc-eval --base a1.st.gz dev.tok.gz
does product.st.gz product-distance.tsv mc-dist --base a1.st.gz
does l2.st.gz l3.st.gz mc-finetune --train train.tok.gz --steps 1 --batch 4 --base a1.st.gz
does bf.st.gz whole.st.gz mc-fold --base a1.st.gz
does l2.st.gz whole2.st.gz mc-fold --base a1.st.gz

# text to text and regression: T5s with an output embedding of their own and without, a RoBERTa
for d in plain memcheck; do
    sizes='"model_type": "t5", "d_model": 8, "d_kv": 4, "d_ff": 12, "num_layers": 1, "num_heads": 2, "vocab_size": 384, "decoder_start_token_id": 0'
    echo "{$sizes}" >$d/tied.json
    echo "{$sizes, \"num_decoder_layers\": 2, \"feed_forward_proj\": \"gated-gelu\", \"tie_word_embeddings\": false}" >$d/t5.json
    echo '{"model_type": "roberta", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 951, "max_position_embeddings": 66, "type_vocab_size": 1}' >$d/roberta.json
done
does train.tsv mood5.tok.gz mc-tokenize -t lang5 --source '{1} <extra_id_0>' --target '<extra_id_0>{label}' --task mood
does train.tsv free5.tok.gz mc-tokenize -t lang5 --free --task free
does numbers.tsv numbersr.tok.gz mc-tokenize -t langr --regression
does /dev/null x0.st.gz mc-init t5.json -t lang5 --seed-init 1
does /dev/null tied.st.gz mc-init tied.json -t lang5
does x0.st.gz x1.st.gz mc-finetune --train mood5.tok.gz --dev mood5.tok.gz --steps 3 --batch 4 --accum 2 --lr 1e-2 --optimizer adafactor \
    --adafactor-scale --checkpoint state5.st.gz --checkpoint-every 2
does x0.st.gz x2.st.gz mc-finetune --train mood5.tok.gz --dev mood5.tok.gz --steps 3 --batch 4 --accum 2 --lr 1e-2 --optimizer adafactor \
    --adafactor-scale --resume state5.st.gz
does tied.st.gz t1.st.gz mc-finetune --train free5.tok.gz --dev free5.tok.gz --steps 2 --batch 5 --precision bf16
does /dev/null path5.st.gz mc-interp -n 3 x0.st.gz x1.st.gz
does path5.st.gz score.tsv mc-eval --per-example score-each.tsv mood5.tok.gz
does path5.st.gz greedy.tsv mc-eval --decode greedy --max-new 12 --outputs text.tsv --per-example greedy-each.tsv mood5.tok.gz free=free5.tok.gz
does t1.st.gz part5.tsv mc-eval --examples 3 --max-new 3 --precision bf16 free5.tok.gz
does /dev/null barrier5.tsv mc-barrier --metric token_f1 --per-example greedy-each.tsv --bootstrap 50 greedy.tsv
does path5.st.gz distance5.tsv mc-dist --base x0.st.gz
does x1.st.gz none mc-export hf5 -t lang5
does /dev/null x3.st.gz mc-import hf5
does t1.st.gz none mc-export hft --dtype f16
does /dev/null t2.st.gz mc-import hft -t lang5
does /dev/null r0.st.gz mc-init roberta.json -t langr
does r0.st.gz r1.st.gz mc-finetune --train numbersr.tok.gz --steps 3 --batch 4 --optimizer adafactor --adafactor-relative
does r1.st.gz r1.tsv mc-eval --per-example r1-each.tsv numbersr.tok.gz

for d in plain memcheck; do
    head -c 5000 $d/path.st.gz >$d/cut.st.gz
    sed '3s/\t.*//' $d/train.tsv >$d/bad.tsv
    head -n 5 $d/path.tsv >$d/short.tsv
    mkdir $d/bare
    cp $d/config.json $d/bare
done
refuses cut.st.gz none mc-eval dev.tok.gz
refuses /dev/null none mc-info --check cut.st.gz
refuses /dev/null none mc-interp a1.st.gz cut.st.gz
refuses /dev/null none mc-interp --kind plane path.st.gz
refuses base.st.gz none mc-eval dev.tok.gz
refuses base.st.gz none mc-finetune --train cut.st.gz
refuses base.st.gz none mc-finetune --train pairs.tok.gz --dev train.tok.gz
refuses a.st.gz none mc-finetune --train train.tok.gz --resume state.st.gz
refuses bad.tsv none mc-tokenize -t lang
refuses l2.st.gz none mc-eval --base b.st.gz dev.tok.gz
refuses ad.st.gz none mc-fold --base a1.st.gz
refuses /dev/null none mc-interp --space product --base a1.st.gz l2.st.gz ad.st.gz
refuses b.st.gz none mc-finetune --train train.tok.gz --steps 3 --batch 4 --method lora --rank 2 --resume stated.st.gz
refuses pairs.tsv none mc-tokenize -t bytes --source '{1}' --max-target 2
refuses train.tsv none mc-tokenize -t bytes --target '{label}' --free --max-target 2
refuses train.tsv none mc-tokenize -t bytes --regression
refuses a1.st.gz none mc-eval t2t.tok.gz
refuses x1.st.gz none mc-eval numbersr.tok.gz
refuses x1.st.gz none mc-eval --outputs none.tsv mood5.tok.gz
refuses x0.st.gz none mc-finetune --train mood5.tok.gz --steps 3 --resume state5.st.gz
refuses r1.st.gz none mc-eval trainr.tok.gz
refuses /dev/null none mc-interp x0.st.gz tied.st.gz
refuses /dev/null none mc-barrier short.tsv
refuses /dev/null none mc-import bare
refuses path.st.gz none mc-pick 7
refuses train.tok.gz none mc-dist
refuses a.st.gz none mc-export hf
cost=$(python3 "$TOP/tests/valgrind/cost.py" "$BIN" | tee /dev/stderr | tail -n 1) # what inputs may cost
passed=$((passed + ${cost%% passed*})) cost=${cost#*passed, } failed=$((failed + ${cost%% failed*}))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
