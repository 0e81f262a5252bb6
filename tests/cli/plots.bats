#!/usr/bin/env bats
# The plots: both formats from small tables, without a word from gnuplot.

setup() {
    command -v gnuplot > /dev/null || skip "gnuplot is not there"
    T="$BATS_TEST_TMPDIR"
    export LC_ALL=C.UTF-8 # in C, gnuplot says that it has no degree sign
    for k in 1 2 3; do
        awk -v OFS='\t' -v k=$k 'BEGIN {
            print "point", "t", "task", "n", "loss", "accuracy", "f1_macro", "mcc", "from", "to", "step"
            for (i = 0; i <= 10; i++) { t = i / 10
                print i, t, "x", 8, .3 + .1 * k * t * (1 - t), .9 - .1 * t * (1 - t), "nan", "nan", "a", "b", "nan" }
        }' > "$T/s$k.tsv"
    done
    awk -v OFS='\t' 'BEGIN {
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        for (i = 0; i <= 10; i++) for (k = 0; k < 8; k++) print i, i / 10, "x", k, "p", k ? "p" : "q", .1 * k, .5
    }' > "$T/each.tsv"
    awk -v OFS='\t' 'BEGIN {
        print "step", "epoch", "loss", "lr", "grad_norm", "tokens_per_s", "seconds", "dev_loss", "dev_accuracy"
        for (s = 1; s <= 120; s++) { end = s % 40 == 0
            print s, int((s + 39) / 40), 1 / s, 3e-5 * (1 - s / 120), 1, 100, s, end ? .5 : "nan", end ? .8 : "nan" }
    }' > "$T/log.tsv"
}

# draws OUT COMMAND...: silent, and a picture of that format with something on it.
draws() {
    local out="$1"
    shift
    run gnuplot -c "$@"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    [ -z "$output" ] || { echo "$output"; return 1; }
    [ "$(stat -c %s "$out")" -gt 5000 ]
    case "$out" in
    *.svg) grep -q '</svg>' "$out" ;;
    *.png) [ "$(head -c 8 "$out" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] ;;
    esac
}

@test "a path as SVG and PNG" {
    draws "$T/path.svg" plots/path.gp "$T/s1.tsv" "$T/path.svg"
    grep -q 'loss (nats per example)' "$T/path.svg"
    grep -q '>.*accuracy' "$T/path.svg"
    draws "$T/path.png" plots/path.gp "$T/path.png" "$T/s1.tsv"
}

@test "conditions, seed pairs, standard errors, title, metric" {
    draws "$T/m.svg" plots/path.gp "$T/m.svg" --title "a_title" "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv:three pairs" \
        "$T/s2.tsv,$T/each.tsv:one pair" "$T/s3.tsv"
    for w in a_title "three pairs" "one pair" s3; do grep -q "$w" "$T/m.svg"; done
    draws "$T/m.png" plots/path.gp --metric mcc "$T/m.png" "$T/s1.tsv"
    sed 's/nan/.7/2' "$T/s2.tsv" > "$T/mcc.tsv"
    draws "$T/m2.png" plots/path.gp --metric mcc "$T/m2.png" "$T/s1.tsv" "$T/mcc.tsv"
}

@test "two tasks in one table" {
    { cat "$T/s1.tsv"; sed '1d; s/\tx\t/\tother_task\t/' "$T/s2.tsv"; } > "$T/two.tsv"
    draws "$T/two.svg" plots/path.gp "$T/two.svg" "$T/two.tsv"
    grep -q 'other_task' "$T/two.svg"
}

@test "tiny values and a flat path" {
    sed 's/\t0\.3[0-9]*\t/\t0.00000012\t/' "$T/s1.tsv" > "$T/flat.tsv"
    draws "$T/flat.png" plots/path.gp "$T/flat.tsv" "$T/flat.png"
}

@test "bands: least and largest of runs, standard error of examples" {
    run awk -f plots/path.awk "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv"
    [ "${lines[0]}" = '"x"' ]
    [ "${lines[6]}" = "$(printf '0.5\t0.350000000\t0.325000000\t0.375000000\t0.875000000\t0.875000000\t0.875000000')" ]
    run awk -f plots/path.awk "$T/s1.tsv" "$T/each.tsv"
    # losses 0, .1, ..., .7: deviation .244949, over sqrt(8)
    [ "$(cut -f 2-4 <<< "${lines[1]}")" = "$(printf '0.300000000\t0.213397460\t0.386602540')" ]
}

@test "training logs" {
    draws "$T/log.svg" plots/train.gp "$T/log.tsv" "$T/log.svg"
    grep -q 'learning rate' "$T/log.svg"
    grep -q 'accuracy on dev' "$T/log.svg"
    draws "$T/logs.png" plots/train.gp "$T/logs.png" --title "two" "$T/log.tsv:one" "$T/log.tsv:other"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $8 = $9 = "nan" } { print }' "$T/log.tsv" > "$T/nodev.tsv"
    draws "$T/nodev.svg" plots/train.gp "$T/nodev.tsv" "$T/nodev.svg"
    draws "$T/mixed.svg" plots/train.gp "$T/nodev.tsv" "$T/log.tsv" "$T/mixed.svg"
}

@test "the table of the benchmarks, with a peer and without" {
    local p v=10
    for w in evaluation training; do
        printf '%s work\t20\tMF\t20\t20\n' $w
        for p in f32 bf16; do
            printf '%s\t%d\tx\t%d\t%d\n' "$w $p" $v $((v - 1)) $((v + 1)) "$w $p speed" $((20 * v)) 1 1 \
                "products $p 128x384x384" $((40 * v)) 1 1 "peer $w $p" $((v / 2)) $((v / 2 - 1)) $((v / 2 + 1))
        done
    done > "$T/speed.tsv"
    draws "$T/speed.svg" plots/speed.gp "$T/speed.tsv" "$T/speed.svg"
    grep -v '^peer' "$T/speed.tsv" > "$T/alone.tsv"
    draws "$T/alone.png" plots/speed.gp "$T/alone.tsv" "$T/alone.png"
    run gnuplot -c plots/speed.gp "$T/log.tsv" "$T/none.svg"
    [ "$status" -eq 1 ]
    run gnuplot -c plots/speed.gp "$T/speed.tsv"
    [ "$status" -eq 2 ]
}

@test "wrong use and wrong tables fail, and leave no picture" {
    run gnuplot -c plots/path.gp
    [ "$status" -eq 2 ]
    run gnuplot -c plots/train.gp "$T/x.png"
    [ "$status" -eq 2 ]
    run gnuplot -c plots/path.gp "$T/none.tsv" "$T/x.png"
    [ "$status" -eq 1 ]
    run gnuplot -c plots/path.gp "$T/log.tsv" "$T/x.png"
    [ "$status" -eq 1 ]
    run gnuplot -c plots/train.gp "$T/s1.tsv" "$T/x.png"
    [ "$status" -eq 1 ]
    [ ! -e "$T/x.png" ]
}
