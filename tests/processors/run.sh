#!/usr/bin/env bash
# The library's numeric tests and a small pipeline under every family of kernels that this processor can run, and under
# user-mode emulation of lesser ones. A family counts only where the programs report it; what the processor lacks is skipped.
# Ends with a line "N passed, N failed, N skipped".
#   BIN=build/bin TESTS=build/tests OUT=build/processors [SHORT=1] [FAMILY='Zen avx2'] tests/processors/run.sh
# SHORT: a few families, and of the tests those that take seconds. FAMILY: these alone.
set -uo pipefail
cd "$(dirname "$0")/../.."
bin=$(cd "$BIN" && pwd) tests=$(cd "$TESTS" && pwd)
rm -rf "$OUT"
mkdir -p "$OUT"
out=$(cd "$OUT" && pwd)
unset MC_KERNELS MC_GEMM OPENBLAS_CORETYPE ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA
passed=0 failed=0 skipped=0 emulator=
short=${SHORT:-0}
flags=" $(sed -n 's/^flags[^:]*: //p;T;q' /proc/cpuinfo) "

# --- what the processor has

runs() { # runs FLAG...
    local f
    for f in "$@"; do [[ "$flags" == *" $f "* ]] || return 1; done
}
needs_of() { # needs_of NAME: the flags that one of OpenBLAS's kernels or of ours needs
    case $1 in
    Prescott) echo pni ;;
    Nehalem) echo sse4_2 ;;
    Sandybridge) echo avx ;;
    Haswell | Zen | v3) echo avx2 fma bmi2 ;;
    SkylakeX | v4) echo avx2 fma bmi2 avx512f avx512bw avx512dq avx512vl avx512cd ;;
    esac
}
isa_list=(none sse41 avx avx2 avx512_core avx512_core_vnni avx512_core_bf16 avx512_core_amx)
rank_of() { # rank_of ISA: its place in that list
    local i
    for i in "${!isa_list[@]}"; do [ "${isa_list[i]}" = "$1" ] && echo "$i" && return; done
    echo 0
}
version() { $emulator "$bin/mc-eval" --version 2>/dev/null; }
isa_now() { version | sed -n 's/.*oneDNN [0-9.]* (\([a-z0-9_]*\)).*/\1/p'; }
best_kern() { if runs $(needs_of v4); then echo v4; elif runs $(needs_of v3); then echo v3; else echo base; fi; }

# --- checks

# check WHAT COMMAND...: counts; where it fails, what it said
check() {
    local what=$1
    shift
    if "$@" >"$dir/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED  $family: $what"
        tail -n 20 "$dir/log"
    fi
}

# The kernels and oneDNN's instruction set that --version names are those asked for.
reports() {
    version
    version | grep -qx "kernels: $f32" && version | grep -qx "kernels of bf16: $bf16" && [ "$(isa_now)" = "$isa" ]
}

library_test() { CMOCKA_MESSAGE_OUTPUT=TAP $emulator "$tests/$1"; }

# From a language to a verdict, in $dir.
pipeline() (
    set -e
    cd "$dir"
    p() { local tool=$1; shift; $emulator "$bin/$tool" "$@"; }
    p mc-synth --tokenizer lang
    printf '{"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "vocab_size": %d, "max_position_embeddings": 64}' \
        "$(wc -l <lang/vocab.txt)" >config.json
    p mc-synth --task sentiment --split train -n 160 >train.tsv
    p mc-synth --task sentiment --split dev -n 120 >dev.tsv
    for s in train dev; do p mc-tokenize -q -t lang --task mood -o $s.tok.gz $s.tsv; done
    p mc-init config.json -t lang --labels negative,positive --seed-init 1 -o base.st.gz
    for seed in 1 2; do
        p mc-finetune -q --train train.tok.gz --steps 20 --batch 8 --lr 1e-3 --dropout 0 --seed $seed --log log$seed.tsv \
            -o end$seed.st.gz <base.st.gz
    done
    p mc-interp -n 5 -o path.st.gz end1.st.gz end2.st.gz
    p mc-eval --per-example each.tsv dev.tok.gz <path.st.gz >path.tsv
    p mc-barrier --per-example each.tsv path.tsv >barrier.tsv
    p mc-synth --tokenizer lang5 --kind t5
    echo '{"model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "vocab_size": 384, "decoder_start_token_id": 0, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false}' >t5.json
    for s in train dev; do
        head -n 40 $s.tsv | p mc-tokenize -q -t lang5 --task mood --source '{1} <extra_id_0>' --target '<extra_id_0>{label}' -o ${s}5.tok.gz
    done
    p mc-init t5.json -t lang5 --seed-init 1 -o base5.st.gz
    p mc-finetune -q --train train5.tok.gz --steps 10 --batch 8 --lr 3e-3 --warmup 0 --dropout 0 --log log5.tsv -o end5.st.gz <base5.st.gz
    p mc-eval --decode score dev5.tok.gz <end5.st.gz >score5.tsv
)

# Bytes that hang on no family: texts, ids, weights as drawn. (Compressed, they may.)
same_start() {
    local f
    for f in train.tsv train.tok.gz base.st.gz train5.tok.gz base5.st.gz; do
        cmp <(gzip -dcf "$dir/$f") <(gzip -dcf "$out/reference/$f") || return 1
    done
}

# near COLUMN SHARE A B: a column of two tables of as many rows, as near as SHARE of the second's, or of 1
near() {
    paste "$3" "$4" | awk -F '\t' -v column="$1" -v share="$2" '
        NR == 1 { n = NF / 2; for (i = 1; i <= n; i++) if ($i == column) k = i; next }
        { rows++; d = $k - $(n + k); if (d < 0) d = -d; size = $(n + k) > 1 ? $(n + k) : 1
          if (!($k == $k + 0) || !(d <= share * size)) { print column, $k, "not", $(n + k); bad = 1 } }
        END { exit bad || !rows || !k }'
}

# Losses of the reference's weights: float32 to 1e-6, bfloat16 to 1e-2.
same_losses() {
    $emulator "$bin/mc-eval" "$out/reference/dev.tok.gz" <"$out/reference/path.st.gz" >"$dir/given.tsv" &&
        near loss 1e-6 "$dir/given.tsv" "$out/reference/path.tsv" &&
        $emulator "$bin/mc-eval" --decode score "$out/reference/dev5.tok.gz" <"$out/reference/end5.st.gz" >"$dir/given5.tsv" &&
        near loss 1e-6 "$dir/given5.tsv" "$out/reference/score5.tsv" &&
        $emulator "$bin/mc-eval" --precision bf16 "$out/reference/dev.tok.gz" <"$out/reference/path.st.gz" >"$dir/given16.tsv" &&
        near loss 1e-2 "$dir/given16.tsv" "$out/reference/path.tsv"
}

same_training() {
    local k
    for k in 1 2 5; do near loss 1e-4 "$dir/log$k.tsv" "$out/reference/log$k.tsv" || return 1; done
}
same_verdict() { cmp <(cut -f 1-3,15 "$dir/barrier.tsv") <(cut -f 1-3,15 "$out/reference/barrier.tsv"); }

# --- families

# under NAME F32 BF16 ISA VARIABLE=VALUE...: everything in that family, which is F32 and BF16 and, of oneDNN, ISA
under() (
    family=$1 f32=$2 bf16=$3 isa=$4 begun=$SECONDS
    shift 4
    [ $# = 0 ] || export "$@"
    dir=$out/$family
    passed=0 failed=0
    mkdir -p "$dir"
    check "it is not what the programs report" reports
    if [ "$failed" = 0 ]; then # else the rest would be said of another family
        for t in $library; do check "$t" library_test "$t"; done
        check 'pipeline' pipeline
        check 'start' same_start
        check 'losses of given weights' same_losses
        check 'losses of training' same_training
        check 'verdict' same_verdict
    fi
    printf '%-24s %-28s %2d passed, %d failed %5d s\n' "$family" "$f32" $passed $failed $((SECONDS - begun))
    echo "$passed $failed" >"$dir/count"
)

wanted() { [ -z "${FAMILY:-}" ] || [[ " $FAMILY " == *" $1 "* ]]; }
skip() { wanted "$1" && skipped=$((skipped + 1)) && printf '%-24s skipped: %s\n' "$1" "$2"; }
try() { # as under, and adds up
    wanted "$1" || return 0
    under "$@"
    local ok=0 bad=1
    [ ! -s "$out/$1/count" ] || read -r ok bad <"$out/$1/count"
    passed=$((passed + ok)) failed=$((failed + bad))
}

blas() { # blas CORE KERNELS: one of OpenBLAS's kernels, and ours of the same age
    if runs $(needs_of "$1") && runs $(needs_of "$2"); then
        try "$1" "$1+$2" "$1+$2" "$has" MC_GEMM=openblas OPENBLAS_CORETYPE="$1" MC_KERNELS="$2"
    else
        skip "$1" 'not on this processor'
    fi
}
ours() { # ours KERNELS: with the products that the processor chooses
    if runs $(needs_of "$1"); then
        try "$1" "${gemm32}+$1" "${gemm16}+$1" "$has" MC_KERNELS="$1"
    else
        skip "$1" 'not on this processor'
    fi
}
limit() { # limit ISA: oneDNN up to that set of instructions
    local rank kern=$kern32 f32=$core bf16=$core
    rank=$(rank_of "$1")
    if [ -z "$has" ]; then skip "$1" 'built without oneDNN' && return; fi
    if [ "$rank" -gt "$(rank_of "$has")" ]; then skip "$1" 'not on this processor' && return; fi
    [ "$rank" -lt "$(rank_of avx512_core)" ] || f32=oneDNN-avx512_core
    [ "$rank" -lt "$(rank_of avx512_core_bf16)" ] || bf16=oneDNN-$1
    try "$1" "$f32+$kern" "$bf16+$kern" "$1" ONEDNN_MAX_CPU_ISA="${1^^}"
}
emulated() { # emulated PROCESSOR KERNELS ISA: OpenBLAS's kernels of that name
    if [ "$(uname -m)" != x86_64 ]; then skip "qemu-$1" 'programs of another processor' && return; fi
    if ! command -v qemu-x86_64 >/dev/null; then skip "qemu-$1" 'no qemu-x86_64' && return; fi
    emulator="qemu-x86_64 -cpu $1"
    try "qemu-$1" "$1+$2" "$1+$2" "${has:+$3}" OPENBLAS_CORETYPE="$1"
    emulator=
}

# What the processor takes by itself, and the reference that families are compared with.
has=$(isa_now)
kern32=$(best_kern)
gemm32=$(version | sed -n 's/^kernels: \(.*\)+.*/\1/p')
gemm16=$(version | sed -n 's/^kernels of bf16: \(.*\)+.*/\1/p')
core=$(MC_GEMM=openblas version | sed -n 's/^kernels: \(.*\)+.*/\1/p')
family=reference dir=$out/reference
mkdir -p "$dir"
check "the programs' own choice" pipeline
[ "$failed" = 0 ] || { echo "$passed passed, $failed failed, 0 skipped"; exit 1; }

brief='test_gemm test_kern test_train test_method'
library="$brief test_greedy test_ops"
loops='test_optim test_rng test_dist test_path' # no products
if [ "$short" = 1 ]; then
    library=$brief
    blas Nehalem base
    blas Zen v3
    limit avx2
    limit avx512_core
else
    for c in Prescott Nehalem Sandybridge; do blas $c base; done
    for c in Haswell Zen; do blas $c v3; done
    blas SkylakeX v4
    for k in base v3 v4; do library+=" $loops" ours $k; done
    for i in "${isa_list[@]:1}"; do limit "$i"; done
fi
# Emulation takes thirty times as long (test_ops eight minutes), and has no AVX-512.
library='test_kern'
if [ "$short" = 0 ]; then
    library="$brief test_greedy"
    emulated Nehalem base sse41
fi
emulated Haswell v3 avx2
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
