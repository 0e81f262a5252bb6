#!/usr/bin/env bats
# mc-knowledge and what it is made of: training dynamics, several training sets, ledgers, chosen examples, what it refuses.
load common

setup_file() { fixture; }
setup() {
    T="$BATS_TEST_TMPDIR"
    K="$B/mc-knowledge"
    N=("$B/mc-finetune" --epochs 3 --lr 3e-3 -q)
}
# dynamics EPOCH EXAMPLE PREDICTED P ...: a table of these rows, all of label x, whose place is 0
dynamics() {
    printf 'epoch\texample\tlabel\tpredicted\tloss\tp_label\tgold\tlogits\n'
    while [ $# -gt 0 ]; do
        printf '%s\t%s\tx\t%s\t1\t%s\t0\t2,-1\n' "$1" "$2" "$3" "$4"
        shift 4
    done
}
# each POINT T EXAMPLE PREDICTED ...: a per-example table, likewise
each() {
    printf 'point\tt\ttask\texample\tlabel\tpredicted\n'
    while [ $# -gt 0 ]; do
        printf '%s\t%s\tq\t%s\tx\t%s\n' "$1" "$2" "$3" "$4"
        shift 4
    done
}

@test "usage" {
    usual mc-knowledge --task --dynamics --permutations --seed --select -n --cartography
    each 0 0 0 x 1 1 0 x > "$T/each"
    dynamics 1 0 x .5 > "$T/d"
    fails 2 "neither" -- "$K"
    fails 2 --task -- "$K" --dynamics "$T/d" --task q
    fails 2 --select "hard|easy" -- "$K" --dynamics "$T/d" --select nonsense
    fails 2 "--select hard" -- "$K" --dynamics "$T/d" --select hard "$T/each"
    fails 2 "--select learned" -- "$K" --dynamics "$T/d" --select learned
    fails 2 "--select hard" -- "$K" --select hard "$T/each"
    fails 2 "-n" -- "$K" --dynamics "$T/d" -n 3
    fails 2 "--permutations" -- "$K" --permutations 5 "$T/each"
    fails 2 "--permutations" -- "$K" --dynamics "$T/d" --permutations 0 "$T/each"
    fails 2 "--cartography" -- "$K" --cartography "$T/c" "$T/each"
    fails 2 "standard input" -- bash -c "'$K' --dynamics - - < '$T/d'"
    no_room "'$K' '$T/each'"
    keeps_old "'$K' '$T/d'"
}

@test "a ledger by hand" {
    each 0 0 3 x 0 0 7 x 0 0 9 y 1 .5 3 x 1 .5 7 y 1 .5 9 x 2 1 3 y 2 1 7 y 2 1 9 x > "$T/each"
    run "$K" "$T/each"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "$(printf 'task\tsegment\tt_0\tt_1\tn\tkept\tforgotten\tlearned\tnever\tconfidence_forgotten\tconfidence_kept\tp_value\tcliffs_delta\tvariability_forgotten\tvariability_kept')" ]
    [ "${lines[1]}" = "$(printf 'q\t0\t0\t0.5\t3\t1\t1\t1\t0\tnan\tnan\tnan\tnan\tnan\tnan')" ]
    [ "${lines[2]}" = "$(printf 'q\t1\t0.5\t1\t3\t1\t1\t0\t1\tnan\tnan\tnan\tnan\tnan\tnan')" ]
    [ "${lines[3]}" = "$(printf 'q\tall\t0\t1\t3\t0\t2\t1\t0\tnan\tnan\tnan\tnan\tnan\tnan')" ]
    [ "$("$K" - < "$T/each")" = "$output" ]
    # one more task, and that alone
    { cat "$T/each"; each 0 0 1 x 1 1 1 x | sed '1d; s/\tq\t/\tr\t/'; } > "$T/two"
    [ "$("$K" "$T/two" | cut -f 1,2 | tr '\t\n' ' ,')" = "task segment,q 0,q 1,q all,r 0,r all," ]
    [ "$("$K" --task q "$T/two")" = "$output" ]
}

@test "dynamics by hand; one segment, groups without examples" {
    dynamics 1 2 x .5 1 4 y .25 2 2 y .5 2 4 y .25 3 2 x .875 3 4 y .25 > "$T/d"
    run "$K" --dynamics "$T/d"
    [ "${lines[0]}" = "$(printf 'example\tlabel\tconfidence\tvariability\tcorrectness\tforgetting')" ]
    [ "${lines[1]}" = "$(printf '2\tx\t0.625\t0.176776695\t0.666666667\t1')" ]
    [ "${lines[2]}" = "$(printf '4\tx\t0.25\t0\t0\t-1')" ]
    each 0 0 2 x 0 0 4 y 1 1 2 x 1 1 4 x > "$T/each"
    [ "$("$K" --dynamics "$T/d" "$T/each" | sed -n 2p | cut -f 6-)" = "$(printf '1\t0\t1\t0\tnan\t0.625\tnan\tnan\tnan\t0.176776695')" ]
}

@test "numbers are those of another computation" {
    for seed in 1 2 3 4; do
        mkdir "$T/$seed"
        python3 tests/cli/knowledge.py "$K" "$T/$seed" "$seed"
    done
}

@test "permutations hang on the seed; the p-value of no difference is spread evenly" {
    python3 - "$T" <<'P'
import random, sys
random.seed(5)
d, e = open(sys.argv[1] + "/d", "w"), open(sys.argv[1] + "/each", "w")
print("epoch\texample\tlabel\tpredicted\tloss\tp_label\tgold\tlogits", file=d)
print("point\tt\ttask\texample\tlabel\tpredicted", file=e)
points = 401
for i in range(40):
    print(1, i, "x", "x", 1, random.random(), 0, "1,0", sep="\t", file=d)
for k in range(points):
    for i in range(40):
        print(k, k / (points - 1), "q", i, "x", "x" if k % 2 == 0 or random.random() < .5 else "y", sep="\t", file=e)
P
    "$K" --dynamics "$T/d" --permutations 199 "$T/each" > "$T/a"
    "$K" --dynamics "$T/d" --permutations 199 "$T/each" | cmp - "$T/a"
    "$K" --dynamics "$T/d" --permutations 199 --seed 1 "$T/each" | cmp -s - "$T/a" && return 1
    # 200 segments in which a random half is forgotten: shares below .05, .25, .5 within four deviations
    awk -F '\t' '$2 ~ /^[0-9]*[02468]$/ { n++; for (k in at) hits[k] += $12 <= at[k] + 1e-9 }
        BEGIN { at[1] = .05; at[2] = .25; at[3] = .5 }
        END { for (k in at) { d = hits[k] / n - at[k]; if (d * d > 16 * at[k] * (1 - at[k]) / n) exit 1 } exit n != 200 }' "$T/a"
}

@test "cartography: its scripts find in the directory what the table says" {
    "${N[@]}" --train "$F/train.tok.gz" --dynamics "$T/d" -o "$T/m" < "$F/a.st.gz"
    "$K" --dynamics "$T/d" --cartography "$T/c" > "$T/table"
    python3 - "$T" <<'P'
import json, math, os, sys
where = sys.argv[1]
epochs = os.listdir(where + "/c/training_dynamics")
record = {}
for k in range(len(epochs)):
    for line in open(f"{where}/c/training_dynamics/dynamics_epoch_{k}.jsonl"):
        row = json.loads(line)
        mine = record.setdefault(row["guid"], {"gold": row["gold"], "logits": []})
        assert len(mine["logits"]) == k and mine["gold"] == row["gold"]
        mine["logits"].append(row[f"logits_epoch_{k}"])
assert len(epochs) == 3 and len(record) == 96
metrics = {row["guid"]: row for row in map(json.loads, open(where + "/c/td_metrics.jsonl"))}
assert list(metrics) == list(record) and [m["index"] for m in metrics.values()] == list(range(96))
table = [line.rstrip("\n").split("\t") for line in open(where + "/table")][1:]
for (guid, r), cells in zip(record.items(), table):
    p = [math.exp(x[r["gold"]]) / sum(map(math.exp, x)) for x in r["logits"]]
    right = [x.index(max(x)) == r["gold"] for x in r["logits"]]
    mean = sum(p) / len(p)
    events = sum(a and not b for a, b in zip(right, right[1:])) if any(right) else 1000
    m = metrics[guid]
    for name, value in (("confidence", mean), ("variability", math.sqrt(sum((x - mean) ** 2 for x in p) / len(p))),
                        ("threshold_closeness", mean * (1 - mean))):
        assert abs(m[name] - value) < 1e-6, (name, m, value)
    assert (m["correctness"], m["forgetfulness"]) == (sum(right), events)
    assert int(cells[0]) == guid and abs(float(cells[2]) - mean) < 1e-6
P
    fails 1 "$T/c" "not empty" -- "$K" --dynamics "$T/d" --cartography "$T/c"
    fails 1 no/such -- "$K" --dynamics "$T/d" --cartography "$T/no/such"
    mkdir "$T/empty"
    "$K" --dynamics "$T/d" --cartography "$T/empty" > "$T/again"
    diff -r "$T/c" "$T/empty"
}

@test "mc-finetune --dynamics: what mc-eval says of the models after each epoch; resumed; some examples" {
    "${N[@]}" --train "$F/train.tok.gz" --dropout 0 --save-at 3,6 --dynamics "$T/d" -o "$T/m" < "$F/a.st.gz"
    "$B/mc-eval" --per-example "$T/each" "$F/train.tok.gz" < "$T/m" > "$T/table"
    [ "$(awk -F '\t' 'NR > 1 { print $1 - 1, $2, $3, $4 }' OFS='\t' "$T/d")" = "$(awk -F '\t' 'NR > 1 { print $1, $4, $5, $6 }' OFS='\t' "$T/each")" ]
    same_rows <(awk -F '\t' 'NR > 1 { print $1 - 1, $2, $5, $6 }' OFS='\t' "$T/d") <(awk -F '\t' 'NR > 1 { print $1, $4, $7, $8 }' OFS='\t' "$T/each") 2
    # gold is the place of the label in the logits, whose softmax has p_label there
    awk -F '\t' 'NR > 1 { n = split($8, x, ","); s = 0; for (i = 1; i <= n; i++) s += exp(x[i]); p = exp(x[$7 + 1]) / s
        if (n != 2 || p - $6 > 1e-6 || $6 - p > 1e-6) exit 1 }' "$T/d"
    # models are those of a run without
    "${N[@]}" --train "$F/train.tok.gz" --dropout 0 --save-at 3,6 -o "$T/m2" < "$F/a.st.gz"
    cmp "$T/m2" "$T/m"
    # resumed within the second epoch
    run=("${N[@]}" --train "$F/train.tok.gz" --dropout 0 --save-at 3,6 --batch 32)
    "${run[@]}" --dynamics "$T/whole" --checkpoint "$T/state" --checkpoint-every 5 -o "$T/m2" < "$F/a.st.gz"
    cmp "$T/d" "$T/whole"
    "${run[@]}" --dynamics "$T/rest" --resume "$T/state" -o "$T/m3" < "$F/a.st.gz"
    cmp "$T/d" "$T/rest"
    fails 1 "$T/state" "with --dynamics" -- bash -c "'$B/mc-finetune' --epochs 3 --lr 3e-3 -q --train '$F/train.tok.gz' --dropout 0 --resume '$T/state' < '$F/a.st.gz' > '$T/m3'"
    # some examples, in rising order whatever the list's; whole epochs alone
    printf '9\n4\n30\n' > "$T/only"
    "${N[@]}" --train "$F/train.tok.gz" --only "$T/only" --batch 2 --epochs 2 --dynamics "$T/some" -o "$T/m" < "$F/a.st.gz"
    [ "$(cut -f 1,2 "$T/some" | tr '\t\n' ' ,')" = "epoch example,1 4,1 9,1 30,2 4,2 9,2 30," ]
    "$B/mc-finetune" -q --train "$F/train.tok.gz" --steps 7 --dynamics "$T/some" -o "$T/m" < "$F/a.st.gz"
    [ "$(cut -f 1 "$T/some" | uniq | tr '\n' ' ')" = "epoch 1 2 " ]
    # a delta
    "${N[@]}" --train "$F/train.tok.gz" --method lora --dynamics "$T/lora" --with-base -o "$T/m" < "$F/a.st.gz"
    "$B/mc-eval" --per-example "$T/each" "$F/train.tok.gz" < "$T/m" > "$T/table"
    same_rows <(awk -F '\t' '$1 == 3 { print $2, $6 }' OFS='\t' "$T/lora") <(awk -F '\t' 'NR > 1 { print $4, $8 }' OFS='\t' "$T/each") 1
}

@test "mc-finetune --dynamics: what it refuses" {
    n="'$B/mc-finetune' -q -o '$T/m' < '$F/a.st.gz'"
    fails 2 --dynamics "2 steps" -- bash -c "$n --train '$F/train.tok.gz' --steps 2 --dynamics '$T/d'"
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --no-label -o "$T/plain"
    fails 1 "$T/plain" "no labels" -- bash -c "$n --train '$T/plain' --dynamics '$T/d'"
    fails 1 no/such -- bash -c "$n --train '$F/train.tok.gz' --dynamics '$T/no/such'"
    fails 2 --dynamics -- bash -c "$n --train '$F/train.tok.gz' --dynamics '$F/train.tok.gz'"
    fails 2 -- bash -c "$n --train '$F/train.tok.gz' --dynamics '$T/m'"
    fails 1 /dev/full -- bash -c "$n --train '$F/train.tok.gz' --epochs 1 --dynamics /dev/full"
    [ ! -e "$T/d" ]
}

@test "several training sets are one, labels by name" {
    printf 'a good day\tpositive\nall is lost\tnegative\n' > "$T/1.tsv"
    printf 'so so\tmixed\nall is well\tpositive\na bad day\tnegative\n' > "$T/2.tsv"
    for k in 1 2; do "$B/mc-tokenize" -q -t "$F/lang" --task "t$k" -o "$T/$k" "$T/$k.tsv"; done
    cat "$T/1.tsv" "$T/2.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --task t1 -o "$T/both"
    "${N[@]}" --batch 2 --train "$T/1" --train "$T/2" --dynamics "$T/d" -o "$T/m" < "$F/base.st.gz"
    "${N[@]}" --batch 2 --train "$T/both" --dynamics "$T/d2" -o "$T/m2" < "$F/base.st.gz"
    [ "$(digests "$T/m")" = "$(digests "$T/m2")" ]
    cmp "$T/d" "$T/d2"
    [ "$(meta "$T/m" mc.labels)" = '["mixed","negative","positive"]' ]
    [ "$(meta "$T/m" mc.task)" = t1 ]
    # another order is another run, whose checkpoints are its own
    n="'$B/mc-finetune' -q --epochs 3 --batch 2 -o '$T/m'"
    bash -c "$n --train '$T/1' --train '$T/2' --checkpoint '$T/state' --checkpoint-every 2 < '$F/base.st.gz'"
    bash -c "$n --train '$T/1' --train '$T/2' --resume '$T/state' < '$F/base.st.gz'"
    fails 1 "$T/state" "another run" -- bash -c "$n --train '$T/2' --train '$T/1' --resume '$T/state' < '$F/base.st.gz'"
    # the file of a line is named
    python3 -c 'print("word " * 70 + "\tpositive")' > "$T/3.tsv"
    mkdir "$T/wide" # a tokenizer without a model, and so without a limit
    cp "$F/lang"/tokenizer* "$F/lang/vocab.txt" "$T/wide"
    "$B/mc-tokenize" -q -t "$T/wide" -o "$T/3" "$T/3.tsv"
    fails 1 "$T/3: line 1:" "the model takes 64" -- bash -c "$n --train '$T/1' --train '$T/3' < '$F/base.st.gz'"
    "$B/mc-tokenize" -q -t "$F/lang" --regression -o "$T/4" <(printf 'a day\t1.5\n')
    fails 1 "$T/4" "regression" "$T/1" -- bash -c "$n --train '$T/1' --train '$T/4' < '$F/base.st.gz'"
    "$B/mc-synth" --tokenizer "$T/bpe" --kind roberta
    "$B/mc-tokenize" -q -t "$T/bpe" -o "$T/5" "$T/1.tsv"
    fails 1 "$T/5" "another tokenizer" -- bash -c "$n --train '$T/1' --train '$T/5' < '$F/base.st.gz'"
    fails 1 "$T/6" -- bash -c "$n --train '$T/1' --train '$T/6' < '$F/base.st.gz'"
    fails 2 "--log" -- bash -c "$n --train '$T/1' --train '$T/2' --log '$T/2' < '$F/base.st.gz'"
}

@test "tables that are none of a path, or of other data" {
    dynamics 1 0 x .5 1 1 x .5 > "$T/d"
    bad() { # bad WORD... -- TABLE-ARGS...
        local words=()
        while [ "$1" != -- ]; do words+=("$1"); shift; done
        shift
        each "$@" > "$T/bad"
        fails 1 "$T/bad" "${words[@]}" -- "$K" --dynamics "$T/d" "$T/bad"
    }
    bad "one point" -- 0 0 0 x 0 0 1 x
    bad "no examples" --
    bad "no point of a path" -- 0 nan 0 x 1 nan 0 x
    bad "twice" -- 0 0 0 x 1 0 0 x
    bad "line 3" "rising order" -- 0 0 1 x 0 0 0 x 1 1 1 x 1 1 0 x
    bad "line 4" "in this place" -- 0 0 0 x 0 0 1 x 1 1 1 x 1 1 0 x
    bad "1 at t = 1" -- 0 0 0 x 0 0 1 x 1 1 0 x
    bad "example 7" "$T/d" -- 0 0 0 x 0 0 7 x 1 1 0 x 1 1 7 x
    bad "column example" "no whole number" -- 0 0 z x 1 1 z x
    each 0 0 0 x 1 1 0 x | sed 's/\tx\tx$/\t\tx/' > "$T/bad"
    fails 1 "$T/bad" "no label" -- "$K" "$T/bad"
    each 0 0 0 x 1 1 0 x | sed 's/\tx\tx$/\tz\tx/' > "$T/bad"
    fails 1 "$T/bad" "label z" "not the same data" -- "$K" --dynamics "$T/d" "$T/bad"
    each 0 0 0 x 1 1 0 x > "$T/bad"
    fails 1 "no task nobody" -- "$K" --task nobody "$T/bad"
    sed 's/\tq\t/\tr\t/; 1d' "$T/bad" >> "$T/bad"
    fails 1 "2 tasks" --task -- "$K" --select never "$T/bad"
    fails 1 "$T/d" "no column" -- "$K" "$T/d"
    printf 'no newline' > "$T/bad"
    fails 1 "$T/bad" -- "$K" "$T/bad"
}

@test "dynamics that are not whole" {
    bad() { # bad WORD... -- ROWS
        local words=()
        while [ "$1" != -- ]; do words+=("$1"); shift; done
        shift
        dynamics "$@" > "$T/bad"
        fails 1 "$T/bad" "${words[@]}" -- "$K" --dynamics "$T/bad"
    }
    bad "no epoch" --
    bad "whole number of epochs" -- 1 0 x .5 1 1 x .5 2 0 x .5
    bad "epoch 3" -- 1 0 x .5 3 0 x .5
    bad "epoch 0" -- 0 0 x .5
    bad "line 3" "rising order" -- 1 1 x .5 1 0 x .5
    bad "line 4" "in this place" -- 1 0 x .5 1 1 x .5 2 1 x .5 2 0 x .5
    bad "probability" -- 1 0 x 1.5
    bad "probability" -- 1 0 x nan
    bad "whole number" -- 1 -3 x .5
    dynamics 1 0 x .5 | sed 's/2,-1/2,/' > "$T/bad"
    fails 1 "$T/bad" "logits" -- "$K" --dynamics "$T/bad"
    dynamics 1 0 x .5 | sed 's/\t0\t2,-1/\t2\t2,-1/' > "$T/bad"
    fails 1 "$T/bad" "gold" -- "$K" --dynamics "$T/bad"
    dynamics 1 0 x .5 | sed 's/\tx\tx\t/\t\tx\t/' > "$T/bad"
    fails 1 "$T/bad" "no label" -- "$K" --dynamics "$T/bad"
    "$K" --dynamics - < <(dynamics 1 0 x .5) | grep -q '^0'
}
