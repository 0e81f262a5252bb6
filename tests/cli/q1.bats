#!/usr/bin/env bats
# make q1: every experiment of question 1 on a small BERT and a small T5, and what a changed variable makes again.
load common
load pipelines

# q1 MODEL VARIABLE=VALUE...: into $T/out/q1
q1() {
    local model="$1"
    shift
    Q="$T/out/q1"
    run=(make run-q1 TOOL="$bin" MODEL="$F/model-$model" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" Q1_POINTS=3 Q1_LAYER_POINTS=3 Q1_CALIBRATED_POINTS=3
        Q1_RECIPE='--steps 2' Q1_LONG='--steps 3' Q1_CURVE='--steps 2 --dev-every 1' Q1_MIX='--steps 2 --lr .05 --dev-every 1' Q1_BATCH=8
        Q1_BATCHES='4 8' Q1_OPTIONS_prefix='--prefix-len 4' BARRIER='--epsilon 0' "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
}

@test "BERT: every condition, all pairs, curves where the line is not connected, layers, mixtures, tests" {
    local pairs='1-2 1-3 2-3' epsilon k t
    "$B/mc-synth" --task sentiment --split dev -n 120 > "$T/dev.tsv" # of fewer than a hundred examples none is connected
    "$B/mc-synth" --task sentiment --split test -n 40 > "$T/test.tsv"
    q1 bert DEV="$T/dev.tsv" TEST="$T/test.tsv" PAIRS="$pairs" ONLY='order init layers' BARRIER='--epsilon 1'
    [ -z "$(find "$Q" -name 'curve-*')" ]
    # an epsilon that half of the lines are under
    epsilon=$(awk -F '\t' 'FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["path"] != "all" && $at["condition"] !~ /^curve/ { print $at["ci_high"] }' \
        "$Q/barrier.tsv" | sort -g | awk '{ high[NR] = $1 } END { printf "%.17g", (high[NR / 2] + high[NR / 2 + 1]) / 2 }')
    q1 bert DEV="$T/dev.tsv" TEST="$T/test.tsv" PAIRS="$pairs" ONLY='order init curves layers' BARRIER="--epsilon $epsilon"
    [ "$(cells "$Q/q1.tsv" condition '' '' | grep -v curve | words_of)" = "order init noise scale-.02" ]
    [ "$(cells "$Q/q1.tsv" pairs condition order)" = 3 ]
    [ "$(cells "$Q/barrier.tsv" path condition order | words_of)" = "path-order-1-2.tsv path-order-1-3.tsv path-order-2-3.tsv all" ]
    [ "$(cells "$Q/barrier.tsv" runs condition init | words_of)" = "1 1 1 3" ]
    # a sentence a condition
    grep -qE '^order: [0-3] of 3 pairs connected.*; mean height [0-9.e-]+ \[.*\]: [a-z]+; [0-9.e-]+ on the test set; L2 [0-9.e-]+; marked: 3 pairs with an end not' "$T/said"
    [ "$(grep -cE '^[a-z0-9.-]+: .* pairs? connected' "$T/said")" = "$(cells "$Q/q1.tsv" condition '' '' | wc -l)" ]
    # 12 ends; all of them learn nothing in two steps, and that is said
    [ "$(cells "$Q/ends.tsv" end '' '' | words_of)" = "init-1 init-2 init-3 noise-1 noise-2 noise-3 order-1 order-2 order-3 scale-.02-1 scale-.02-2 scale-.02-3" ]
    [ "$(cells "$Q/q1.tsv" marked condition order)" = 3 ]
    # the ends differ in what the condition says, and in nothing else
    seeds() { gzip -dc "$Q/$1.st.gz" | head -c 20000 | grep -ao 'seed-init=[0-9]* seed-order=[0-9]* seed-dropout=[0-9]*' | tail -n 1; }
    [ "$(seeds order-1); $(seeds order-2)" = "seed-init=0 seed-order=1 seed-dropout=1; seed-init=0 seed-order=2 seed-dropout=2" ]
    [ "$(seeds init-1); $(seeds init-2)" = "seed-init=1 seed-order=0 seed-dropout=0; seed-init=2 seed-order=0 seed-dropout=0" ]
    [ "$(seeds scale-.02-1); $(seeds scale-.02-2)" = "seed-init=1 seed-order=0 seed-dropout=0; seed-init=2 seed-order=0 seed-dropout=0" ]
    [ "$(seeds noise-1); $(seeds noise-2)" = "seed-init=0 seed-order=0 seed-dropout=0; seed-init=0 seed-order=0 seed-dropout=0" ]
    cmp -s "$Q/noise-start-1.st.gz" "$Q/noise-start-2.st.gz" && return 1
    # curves: of the lines that are not connected, and of no other; their ends are the lines'
    for k in order init noise scale-.02; do cat "$Q/barrier-$k.tsv"; done |
        awk -F '\t' -v epsilon="$epsilon" '$1 == "task" { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["path"] != "all" { sub(/.*path-/, "curve-", $at["path"]); sub(/tsv$/, "st.gz", $at["path"]); print $at["path"], ($at["ci_high"] < epsilon) }' > "$T/lines"
    [ "$(cut -d ' ' -f 2 "$T/lines" | sort | uniq -c | awk '{ print $2 ":" $1 }' | words_of)" = "0:6 1:6" ]
    [ "$(cd "$Q" && ls curve-*.st.gz | words_of)" = "$(sed -n 's/ 0$//p' "$T/lines" | sort | words_of)" ]
    [ "$(cells "$Q/barrier.tsv" from condition order | head -n 1)" = "$(digests "$Q/order-1.st.gz")" ]
    # the test set: at every path's highest point, with the ends
    [ "$(cells "$Q/test.tsv" path '' '' | grep -c -v curve)" -eq 12 ]
    [ "$(cells "$Q/test.tsv" loss_0 path order-1-2)" = "$(cells "$Q/ends.tsv" test_loss end order-1)" ]
    for k in order-1-2 init-2-3 "$(sed -n '/ 0$/{s/\.st.*//p;q}' "$T/lines")"; do
        # where the dev set's loss is highest, whatever it is on the test set
        t=$(sed 1d "$Q/path-$k.tsv" | sort -t "$(printf '\t')" -k 5,5gr -k 2,2g | head -n 1 | cut -f 2)
        [ "$(cells "$Q/test.tsv" t path "$k")" = "$t" ]
        if [ -e "$Q/$k.st.gz" ]; then "$B/mc-interp" --at "$t" "$Q/$k.st.gz"; else "$B/mc-interp" --at "$t" "$Q/${k%-?}.st.gz" "$Q/${k%-?-?}${k#"${k%-?}"}.st.gz"; fi |
            "$B/mc-eval" "$Q/test.tok.gz" > "$T/direct"
        [ "$(cells "$Q/test.tsv" loss_t path "$k") $(cells "$Q/test.tsv" accuracy_t path "$k")" = "$(cell "$T/direct" loss 2) $(cell "$T/direct" accuracy 2)" ]
    done
    # layers, growing sets, mixtures
    [ "$(cells "$Q/layers.tsv" group condition layers | sort -u | words_of)" = "embeddings head layer.0 pooler" ]
    [ "$(cells "$Q/layers.tsv" runs condition growing | sort -u | words_of)" = "1 3" ]
    [ "$(cells "$Q/mixtures.tsv" condition '' '' | uniq -c | awk '{ print $1 $2 }' | words_of)" = "3layer 3kind 3tensor" ]
    # a mixture's loss less that of the better of its ends, and its mean over the pairs
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { best = $at["loss_0"] < $at["loss_1"] ? $at["loss_0"] : $at["loss_1"]; d = $at["loss"] - best - $at["above_best"]; if (d > 1e-6 || d < -1e-6) exit 1 }
        $at["condition"] == "kind" { sum += $at["above_best"] } END { printf "%.5f\n", sum / 3 }' "$Q/mixtures.tsv" > "$T/mean"
    [ "$(awk -F '\t' '$1 == "mixtures" && $3 == "kind" && $4 == "" { printf "%.5f", $10 }' "$Q/over.tsv")" = "$(cat "$T/mean")" ]
    # calibrated lines: what mc-barrier says of the loss that has a temperature at every point
    "$B/mc-interp" -n 3 "$Q/init-1.st.gz" "$Q/init-3.st.gz" | "$B/mc-eval" --calibrate dev="$Q/dev.tok.gz" | "$B/mc-barrier" --metric loss_cal > "$T/cool"
    [ "$(awk -F '\t' -v name=path-calibrated-init-1-3.tsv '$16 == name { print $8 }' "$Q/calibrated.tsv")" = "$(cell "$T/cool" barrier_lin 2)" ]
    [ "$(cells "$Q/q1.tsv" xfit_cal condition init)" = "$(awk -F '\t' '$NF == "calibrated-init" && $16 == "all" { print $24 }' "$Q/calibrated.tsv")" ]
    [ "$(cells "$Q/q1.tsv" xfit_cal condition init)" != nan ]
    # distances by layer and kind: means over the pairs
    [ "$(cells "$Q/geometry.tsv" group condition order | head -n 5 | words_of)" = "embeddings layer.0 pooler head all" ]
    cells "$Q/distance.tsv" l2 path order-1-2 > "$T/l2"
    cells "$Q/distance.tsv" l2 path order-1-3 >> "$T/l2"
    cells "$Q/distance.tsv" l2 path order-2-3 >> "$T/l2"
    awk -F '\t' '$1 == "order" && $3 == "all" { print $5 }' "$Q/geometry.tsv" >> "$T/l2"
    awk '{ v[NR] = $1 } END { d = (v[1] + v[2] + v[3]) / 3 - v[4]; exit NR != 4 || d > 1e-5 * v[4] || d < -1e-5 * v[4] }' "$T/l2"
    [ "$(cells "$Q/geometry.tsv" by condition init | uniq -c | wc -l)" -eq 2 ]
    # differences of heights within an experiment, those of curves from the lines of the same pairs; of what else a pair has
    [ "$(awk -F '\t' 'NR > 1 && $1 == "start" { print $3 ($4 == "" ? "" : "-" $4) }' "$Q/differences.tsv" | words_of)" = \
        "order init noise scale-.02 order-init order-noise order-scale-.02 init-noise init-scale-.02 noise-scale-.02" ]
    [ "$(awk -F '\t' '$1 == "start" && $3 == "init" && $4 == "" { print $10, $11, $12 }' "$Q/differences.tsv")" = \
        "$(awk -F '\t' -v OFS=' ' '$NF == "init" && $16 == "all" { print $24, $13, $14 }' "$Q/barrier.tsv")" ]
    [ "$(awk -F '\t' '$1 == "curves" && $4 != "" { print $3, $4, $8, $9 }' "$Q/differences.tsv" | head -n 1)" = "$(c=$(cells "$Q/q1.tsv" condition '' '' | grep -m 1 curve)
        n=$(cells "$Q/q1.tsv" pairs condition "$c"); echo "$c ${c#curve-} $n $n")" ]
    awk -F '\t' '$4 != "" && $13 != "nan" && $14 < $13 { exit 1 }' "$Q/differences.tsv"
    [ "$(awk -F '\t' 'NR > 1 { print $2 }' "$Q/over.tsv" | uniq | words_of)" = "l2 cosine length accuracy above_best" ]
    [ "$(awk -F '\t' '$2 == "l2" && $3 == "order" && $4 == "" { printf "%.6g", $10 }' "$Q/over.tsv")" = "$(printf %.6g "$(cells "$Q/q1.tsv" l2 condition order)")" ]
    [ "$(awk -F '\t' '$2 == "accuracy" && $3 == "init" && $4 == "" { printf "%.6g", $10 }' "$Q/over.tsv")" = "$(printf %.6g "$(cells "$Q/q1.tsv" accuracy condition init)")" ]
    # what is told of them
    [ "$(grep -c "after Holm's correction" "$T/said")" -eq "$(awk -F '\t' '$4 != "" && $14 != "nan" && $14 < .05' "$Q/differences.tsv" | wc -l)" ]
    grep -qE '^no difference shown between the heights of [0-9]+ (other )?pairs? of conditions' "$T/said"
    # figures of what was asked for
    t=$(cells "$Q/q1.tsv" condition '' '' | grep -c '^curve-')
    [ "$(cd "$Q" && ls *.svg | words_of)" = "groups-growing.svg groups-layers.svg $([ "$t" -le 3 ] || echo 'path-curves-2.svg ')path-curves.svg path-start.svg" ]
    # every curve is in one of them, three at most in each
    [ "$(grep -ho '>[^<]*, curve\(: [a-z]*\)\?<' "$Q"/path-curves*.svg | sort -u | wc -l)" -eq "$t" ]
    [ "$(grep -ho '>[^<]*, curve\(: [a-z]*\)\?<' "$Q/path-curves.svg" | sort -u | wc -l)" -eq $((t < 3 ? t : 3)) ]
    # asked for again all is there, and what changes is made again with what hangs on it
    remade "$Q" ''
    remade "$Q" "$(cd "$Q" && ls mix-* score-mix-* mixtures.tsv over.tsv)" Q1_MIX='--steps 3 --lr .05 --dev-every 1'
}

@test "BERT: methods and pairs across them, lengths of training, spread, halves, rates" {
    q1 bert PAIRS=1-2 ONLY='scale steps methods halves rates'
    [ "$(cells "$Q/q1.tsv" condition '' '' | words_of)" = "scale-.02 scale-.08 long adapter lora prefix bitfit lora-product full+lora full+bitfit lora+bitfit halves rate-3e-5-batch-4 rate-3e-5-batch-8 rate-1e-4-batch-4" ]
    [ "$(cells "$Q/q1.tsv" pairs condition halves)" = 2 ]
    # products and factors of LoRA have the same ends, which are compared once, by heights alone with each other
    [ "$(cells "$Q/over.tsv" condition experiment methods | sort -u | words_of)" = "adapter bitfit lora prefix" ]
    [ "$(cells "$Q/differences.tsv" minus condition lora | grep . | sort -u | words_of)" = "bitfit lora-product prefix" ]
    [ "$(sort -n "$Q/half-1.txt" "$Q/half-2.txt" | words_of)" = "$(seq 0 95 | words_of)" ]
    for x in .02 .08; do gzip -dc "$Q/scale-$x-1.st.gz" | head -c 20000 | grep -aq "init_std...0$x"; done
    [ "$(cells "$Q/long-1.summary.tsv" steps '' '')" = 3 ]
    [ "$(cells "$Q/q1.tsv" test_height condition halves)" = nan ]
    # ends are marked, and the test set has no values, without one
    [ "$(cells "$Q/q1.tsv" marked condition halves)" = 2 ]
    [ "$(cells "$Q/test.tsv" from path halves-1-1) $(cells "$Q/test.tsv" loss_0 path halves-1-1)" = "half-1-1 nan" ]
    # fewer conditions are other tables of what is there
    remade "$Q" "barrier.tsv calibrated.tsv distance.tsv ends.tsv q1.tsv test.tsv differences.tsv over.tsv path-rates.svg geometry.tsv" ONLY=rates Q1_RATES=3e-5
    [ "$(cd "$Q" && ls *.svg)" = path-rates.svg ]
    # no curve is of cells of rates; nothing waits for standard input
    mkfifo "$T/open"
    exec 7<> "$T/open"
    timeout 100 "${run[@]}" ONLY='rates curves' <&7 > "$T/said" 2>&1
    exec 7>&-
}

@test "T5: no head that a seed draws, no biases; all else" {
    q1 t5 TOKENIZE="--source '{1} <extra_id_0>' --target '<extra_id_0>{label}'" PAIRS=1-2 ONLY='order init methods curves layers' \
        Q1_RECIPE='--steps 2 --optimizer adafactor'
    [ "$(cells "$Q/q1.tsv" condition '' '' | grep -v curve | words_of)" = "order noise scale-.02 adapter lora prefix lora-product full+lora" ]
    [ "$(find "$Q" -name 'curve-*.st.gz' | wc -l)" -gt 0 ]
    [ "$(cells "$Q/q1.tsv" marked condition curve-order)" = 1 ] # without a test set
    [ "$(cells "$Q/q1.tsv" xfit_cal condition order)" = nan ]   # text is not calibrated
    [ "$(cells "$Q/layers.tsv" group condition layers | sort -u | words_of)" = "$("$B/mc-dist" --by layer "$Q/order-1.st.gz" "$Q/order-2.st.gz" | cut -f 3 | sed '1d;/^all$/d' | sort | words_of)" ]
}

# missing KIND: what COST=1 tells, of how many
missing() { awk -v kind="$1" '$1 == kind { print $3 "/" $2 }' "$T/said"; }
@test "COST=1: what is missing and how long it would take, and nothing is made" {
    q1 bert COST=1 TEST="$F/dev.tsv"
    [ ! -e "$T/out" ]
    # six pairs of four seeds: the three conditions of the start, both scales, long, four methods, two halves, three cells: 15 x 4 ends
    [ "$(missing ends)" = 60/60 ]
    [ "$(missing mixtures)" = 18/18 ]
    [ "$(missing layers)" = 12/12 ]
    # of 17 conditions six, four of the halves, all of them also calibrated; curves, but of products and three cells of rates
    [ "$(missing lines) $(missing curves)" = "294/294 82/82" ]
    grep -q 'curves at most' "$T/said"
    cp -r "$F/model-bert" "$T/it's \$HOME" # names and options are data
    q1 bert COST=1 MODEL="$T/it's \$HOME" ONLY=order PAIRS=1-2
    [ "$(missing ends)" = 2/2 ]
    q1 bert COST=1 PAIRS='1-2 3-2' ONLY='order curves'
    [ "$(missing ends) $(missing lines) $(missing curves)" = "3/3 6/6 2/2" ]
    q1 bert PAIRS='1-2 3-2' ONLY=order
    files_of "$Q" > "$T/before"
    q1 bert COST=1 PAIRS='1-2 3-2 1-3' ONLY='order steps' Q1_LONG='--steps 3000000' # many hours
    [ "$(missing ends) $(missing lines)" = "3/6 8/12" ]
    awk '$1 == "ends" { exit !($4 > 0 && $5 > 0) }' "$T/said"
    grep -qE '^measured: [0-9.e+]+ examples a second' "$T/said"
    files_of "$Q" | cmp - "$T/before"
    q1 bert COST=1 ONLY=methods Q1_OPTIONS_prefix='--prefix-len 400' && return 1 # no table of a part
    tail -n 2 "$T/said" | grep -q '^mc-finetune: error' || return 1
    grep together "$T/said" && return 1
    q1 t5 COST=1 ONLY='methods layers' TOKENIZE="--source '{1} <extra_id_0>' --target '<extra_id_0>{label}'" Q1_RECIPE='--epochs 1 --optimizer adafactor'
    [ "$(missing layers)" = 12/12 ]
}

@test "refused before anything runs" {
    for v in ONLY='order colour' ONLY= ONLY=curves PAIRS='1-x' PAIRS=1 PAIRS=1-1 PAIRS= PAIRS='1-2 1-2' PAIRS='1-2 1-3 2-1' COST=2 Q1_METHODS='lora full' Q1_POINTS=1 Q1_RECIPE="--lr '" MODEL="$F/none" DEV= POINTS=3; do
        run make run-q1 TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" "$v"
        [ "$status" -eq 2 ]
        [[ "$output" == *"${v%%=*}"* ]] || { echo "$v: $output"; return 1; }
        [ ! -e "$T/out" ]
    done
    run make run-q1 TOOL="$bin" MODEL="$F/model-bert" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT="$T/out" ONLY=methods Q1_METHODS=
    [ "$status" -eq 2 ]
    [[ "$output" == *"ONLY=methods: no condition is left"* ]]
}

@test "q1.tsv by hand: heights over the chord on the test set, marks, means" {
    printf 'end\tloss\taccuracy\taccuracy_majority\ttest_loss\ttest_accuracy\na-1\t.3\t.9\t.6\t.4\t.8\na-2\t.3\t.7\t.6\t.4\t.7\na-3\t.3\t.64\t.6\t.4\t.6\n' > "$T/ends"
    printf 'path\tl2\trms\tcosine\na-1-2\t1\t0\t.5\na-1-3\t3\t0\t.7\n' > "$T/distance"
    printf 'path\tfrom\tto\tt\tloss_t\taccuracy_t\tloss_0\taccuracy_0\tloss_1\taccuracy_1\na-1-2\ta-1\ta-2\t.25\t2\t.5\t1\t.5\t2\t.5\na-1-3\ta-1\ta-3\t.5\t1\t.5\t1\t.5\t2\t.5\n' > "$T/test"
    {
        printf 'loss_0\tloss_1\tloss_max\tbarrier_lin\tbarrier_mean\tbarrier_max\tbarrier_mid\tconvexity_gap\tci_low\tci_high\tverdict\tpath\tgroup\txfit\tlength\truns\tcondition\n'
        printf '1\t1\t2\t1\t1\t1\t1\t1\t.5\t1.5\tbarrier\tpath-a-1-2.tsv\t\t1\t4\t1\ta\n1\t1\t2\t0\t1\t1\t1\t1\t0\t.01\tconnected\tpath-a-1-3.tsv\t\t1\t4\t1\ta\n'
        printf '1\t1\t2\t.5\t.6\t.7\t.8\t.9\t.1\t1\tbarrier\tall\t\t.4\t5\t2\ta\n'
    } > "$T/barrier"
    awk -f pipelines/q1.awk "$T/ends" "$T/distance" "$T/test" "$T/barrier" > "$T/q1"
    of() { cells "$T/q1" "$1" condition a; }
    [ "$(of pairs) $(of connected) $(of undecided) $(of barrier)" = "2 1 0 1" ]
    [ "$(of barrier_lin) $(of barrier_mean) $(of barrier_max) $(of barrier_mid) $(of convexity_gap) $(of xfit) $(of verdict)" = ".5 .6 .7 .8 .9 .4 barrier" ]
    [ "$(of l2) $(of cosine) $(of length)" = "2 0.6 5" ]
    # (2 - 1.25 + 1 - 1.5) / 2; .64 is not five points above .6
    [ "$(of test_height) $(of marked)" = "0.125 1" ]
    # (.9 + .7 + .9 + .64) / 4, (.8 + .7 + .8 + .6) / 4
    [ "$(of accuracy) $(of test_accuracy)" = "0.785 0.725" ]
}

@test "sentences of conditions by hand: the height that the interval is of" {
    printf 'condition\tpairs\tconnected\tundecided\tbarrier\tbarrier_lin\txfit\tci_low\tci_high\tverdict\ttest_height\tl2\tlength\tmarked\txfit_cal\tcal_low\tcal_high\n' > "$T/q1"
    printf 'a\t6\t5\t0\t1\t.5\t.4\t.1\t.7\tbarrier\t.3\t2\t1\t0\t.2\t.1\t.3\n' >> "$T/q1"
    printf 'b\t3\t2\t1\t0\t.001\t-.002\t0\t.03\tundecided\tnan\tnan\t1\t1\t-.001\t0\t.01\n' >> "$T/q1"
    printf 'c\t1\t1\t0\t0\t.001\t-.002\t0\t.01\tconnected\tnan\tnan\t1\t0\tnan\tnan\tnan\n' >> "$T/q1"
    awk -f pipelines/q1_say.awk "$T/q1" /dev/null > "$T/o"
    [ "$(sed -n 1p "$T/o")" = "a: 5 of 6 pairs connected, 1 with a barrier; mean height 0.4 [0.1, 0.7]: barrier; calibrated 0.2 [0.1, 0.3]; 0.3 on the test set; L2 2" ]
    [ "$(sed -n 2p "$T/o")" = "b: 2 of 3 pairs connected, 1 undecided; mean height 0 [0, 0.03]: undecided; calibrated 0 [0, 0.01]; length 1; marked: 1 pair with an end not five points above the most frequent label" ]
    [ "$(sed -n 3p "$T/o")" = "c: 1 of 1 pair connected; height 0.001 [0, 0.01]: connected; length 1" ]
}

@test "sentences of differences by hand" {
    printf 'condition\tpairs\n' > "$T/q1"
    printf 'experiment\tcondition\tminus\tmean\tci_low\tci_high\tp\tp_holm\tconfidence\na\tx\t\t1\t0\t2\tnan\tnan\t.95\na\tx\ty\t-.123\t-.2\t-.01\t.001\t.003\t.95\n' > "$T/d"
    printf 'a\tx\tz\t1\t0\t2\t.04\t.08\t.95\na\ty\tz\t1\tnan\tnan\tnan\tnan\t.95\n' >> "$T/d"
    awk -f pipelines/q1_say.awk "$T/q1" "$T/d" > "$T/o"
    [ "$(head -n 1 "$T/o")" = "a: x less y: height -0.12 [-0.2, -0.01], p 0.003 after Holm's correction" ]
    [ "$(tail -n 1 "$T/o")" = "no difference shown between the heights of 2 other pairs of conditions (1 of them with too few pairs of ends)" ]
    [ "$(wc -l < "$T/o")" -eq 2 ]
    sed 2,3d "$T/d" | head -n 2 > "$T/one" # and none that is significant
    [ "$(awk -f pipelines/q1_say.awk "$T/q1" "$T/one")" = "no difference shown between the heights of 1 pair of conditions" ]
    head -n 2 "$T/d" > "$T/none"
    [ -z "$(awk -f pipelines/q1_say.awk "$T/q1" "$T/none")" ]
    # what is significant hangs on the confidence that was asked for
    told() { sed "s/\.95$/$1/" "$T/d" > "$T/c"; awk -f pipelines/q1_say.awk "$T/q1" "$T/c" | grep -c less || true; }
    [ "$(told .9) $(told .92) $(told .95) $(told .997) $(told .999)" = "2 1 1 0 0" ]
    printf 'task\tstep\n' > "$T/q2"
    said() { sed "s/\.95$/$1/" "$T/d" > "$T/c"; awk -f pipelines/q2_say.awk "$T/q2" "$T/c" | grep -c less || true; }
    [ "$(said .9) $(said .92) $(said .95) $(said .997)" = "2 1 1 0" ]
}
