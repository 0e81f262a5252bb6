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

@test "a metric is taken from a per-example table that has its column, the counted one from labels else" {
    awk -F '\t' -v OFS='\t' '{ print $0, (NR == 1 ? "mcc" : $4 / 10) }' "$T/each.tsv" > "$T/more.tsv"
    run awk -v metric=mcc -f plots/path.awk "$T/s1.tsv" "$T/more.tsv"
    [ "$(cut -f 5-7 <<< "${lines[1]}")" = NaN$'\t'NaN$'\t'NaN ] # nan in the table
    sed 's/\tnan\tnan\ta/\tnan\t0.35\ta/' "$T/s1.tsv" > "$T/mcc.tsv"
    run awk -v metric=mcc -f plots/path.awk "$T/mcc.tsv" "$T/more.tsv"
    [ "$(cut -f 5 <<< "${lines[1]}")" = 0.350000000 ]
    [ "$(awk '{ print ($6 < .35 && $7 > .35) }' <<< "${lines[1]}")" = 1 ]
    run awk -f plots/path.awk "$T/s1.tsv" "$T/more.tsv"
    [ "$(awk '{ print ($6 < $5 && $7 > $5) }' <<< "${lines[1]}")" = 1 ]
    run awk -v counted=mcc -v metric=mcc -f plots/path.awk "$T/mcc.tsv" "$T/each.tsv"
    [ "$(awk '{ print ($6 < .35 && $7 > .35) }' <<< "${lines[1]}")" = 1 ]
}

@test "distances are found by the names of columns" {
    printf 'group\tn\tcosine\trms\tl2\tx\nlayer.0\t2\t.1\t.2\t.3\t.4\nall\t9\t.5\t.6\t.7\t.8\n' > "$T/distance-1-2.tsv"
    printf 'a\tb\tgroup\tn\tl2\trms\tcosine\n0\t1\tall\t9\t1\t2\t3\n' > "$T/distance-1-3.tsv"
    run awk -f plots/distance.awk "$T/distance-1-2.tsv" "$T/distance-1-3.tsv"
    [ "$output" = "$(printf 'path\tl2\trms\tcosine\n1-2\t.7\t.6\t.5\n1-3\t1\t2\t3')" ]
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

@test "names of files, labels, titles, tasks and columns are data for the shell, awk and gnuplot" {
    local G="$PWD/plots" n
    mkdir "$T/w"
    cd "$T/w"
    for n in "a';touch run1;'.tsv" 'b`touch run2`$(touch run3).tsv' 'lr=1.tsv' '|touch run4;.tsv' '-f.tsv' 'back\slash "q".tsv' 'ü ö.tsv'; do
        cp "$T/s1.tsv" "./$n"
        cp "$T/log.tsv" "./l$n"
        draws "$T/w/o.svg" "$G/path.gp" o.svg --title "$n {/=9 x}_2 @x" "$n"
        grep -q '{/=9 x}_2 @x' o.svg
        draws "$T/w/o.svg" "$G/path.gp" o.svg "$n:label"
        draws "$T/w/o.svg" "$G/train.gp" o.svg "l$n" "l$n:other"
        draws "$T/w/$n.svg" "$G/train.gp" "$n.svg" "l$n"
        draws "$T/w/$n.png" "$G/path.gp" "$n.png" "$T/s1.tsv"
    done
    run gnuplot -c "$G/path.gp" o.svg --metric "x'; touch run5; '" "$T/s1.tsv"
    [ "$status" -eq 1 ]
    # a task's name comes from a stranger's stream
    { cat "$T/s1.tsv"; sed '1d; s/\tx\t/\ta "b" `touch run6` {\/=40 c} d e f g\t/' "$T/s2.tsv"; } > two.tsv
    draws "$T/w/two.svg" "$G/path.gp" two.svg two.tsv
    grep -q '>a "b" `touch run6` {/=40 c} d e f g<' two.svg
    printf '<i>&"\t%s\nl,1:2\t%s\t%s\n' two.tsv 'lr=1.tsv' "a';touch run1;'.tsv" > list
    draws "$T/w/list.svg" "$G/path.gp" list.svg --list list
    python3 -c "import sys, xml.dom.minidom as m; t = m.parse('list.svg').toxml(); assert '&lt;i' in t and 'l,1:2' in t"
    ls run* 2> /dev/null && return 1
    ls -- *.part 2> /dev/null && return 1
    mkdir "it's" && cp "$G"/* "it's" # the scripts too may lie anywhere
    draws "$T/w/o.svg" "it's/path.gp" o.svg two.tsv
    draws "$T/w/o.svg" "it's/train.gp" o.svg "$T/log.tsv"
}

@test "more conditions than gnuplot takes arguments" {
    local k
    for k in 1 2 3 4 5 6 7 8 9 10 11 12; do printf 'condition %d\t%s\t%s\n' $k "$T/s$((k % 3 + 1)).tsv" "$T/each.tsv"; done > "$T/list"
    draws "$T/many.svg" plots/path.gp "$T/many.svg" --list "$T/list"
    [ "$(grep -c '>condition [0-9]*<' "$T/many.svg")" -ge 12 ]
    for k in 1 2 3 4 5 6 7 8 9 10 11; do printf 'run %d\t%s\n' $k "$T/log.tsv"; done > "$T/list"
    draws "$T/many.svg" plots/train.gp "$T/many.svg" --list "$T/list"
    grep -q '>run 11<' "$T/many.svg"
    run gnuplot -c plots/path.gp "$T/x.png" --list "$T/none"
    [ "$status" -eq 1 ]
    [ ! -e "$T/x.png" ]
}

@test "the log of a run that goes on" {
    local k n
    n=$(wc -c < "$T/log.tsv")
    for k in 1 2 3 7 20 40 200; do # cut anywhere
        head -c $((n - k)) "$T/log.tsv" > "$T/cut.tsv"
        draws "$T/cut.svg" plots/train.gp "$T/cut.tsv" "$T/cut.svg"
    done
    head -n 2 "$T/log.tsv" | head -c -1 > "$T/one.tsv"
    draws "$T/one.svg" plots/train.gp "$T/one.tsv" "$T/one.svg"
    head -n 1 "$T/log.tsv" > "$T/none.tsv"
    draws "$T/two.svg" plots/train.gp "$T/none.tsv:not yet" "$T/log.tsv:a run" "$T/log.tsv:again" "$T/two.svg"
    grep -q 'not yet' "$T/two.svg" && return 1
    grep -q '>again<' "$T/two.svg"
    head -n 1 "$T/log.tsv" | head -c -1 > "$T/none.tsv"
    run gnuplot -c plots/train.gp "$T/none.tsv" "$T/x.svg"
    [ "$status" -eq 1 ]
    [[ "$output" == *"no step"* ]]
    [ ! -e "$T/x.svg" ]
}

@test "what cannot be written to its end is an error, and the old picture stays" {
    local s
    ln -s /dev/full "$T/full.svg"
    for s in path.gp train.gp; do
        run gnuplot -c plots/$s "$T/$([ $s = path.gp ] && echo s1.tsv || echo log.tsv)" "$T/full.svg"
        [ "$status" -eq 1 ]
        [ -L "$T/full.svg" ]
    done
    echo old > "$T/old.svg"
    mkdir "$T/old.svg.part" # where it would be drawn
    run gnuplot -c plots/path.gp "$T/s1.tsv" "$T/old.svg"
    [ "$status" -ne 0 ]
    [ "$(cat "$T/old.svg")" = old ]
    # the check of an end: cut anywhere, a figure or table does not take its target's place
    draws "$T/a.svg" plots/path.gp "$T/s1.tsv" "$T/a.svg"
    draws "$T/a.png" plots/path.gp "$T/s1.tsv" "$T/a.png"
    cp "$T/s1.tsv" "$T/a.tsv"
    echo '<html></html>' > "$T/a.html"
    for s in svg png tsv html; do
        echo old > "$T/b.$s"
        chmod 640 "$T/b.$s"
        for cut in 9 3000 0; do
            [ "$s$cut" != html3000 ] || continue
            if [ $cut = 0 ]; then : > "$T/p"; else head -c -$cut "$T/a.$s" > "$T/p"; fi
            run sh plots/keep.sh "$T/p" "$T/b.$s"
            [ "$status" -eq 1 ]
            [[ "$output" == *"b.$s: "* ]]
            [ ! -e "$T/p" ]
            [ "$(cat "$T/b.$s")" = old ]
        done
        cp "$T/a.$s" "$T/p"
        sh plots/keep.sh "$T/p" "$T/b.$s"
        cmp "$T/a.$s" "$T/b.$s"
        [ "$(stat -c %a "$T/b.$s")" = 640 ]
    done
    ln -s b.svg "$T/link.svg" # a link's target is written, the link stays
    cp "$T/a.svg" "$T/p"
    sh plots/keep.sh "$T/p" "$T/link.svg"
    [ -L "$T/link.svg" ]
}

@test "the report has every column of its tables, text as text, and needs all of its parts" {
    printf 'task\tverdict\tpath\tnotes\tepsilon\nx<i>\tundecided\t-\tchance_0,uneven\t0.02\n' > "$T/barrier.tsv"
    echo 'Of <this> & that.' > "$T/notes.txt"
    draws "$T/a.svg" plots/path.gp "$T/s1.tsv" "$T/a.svg"
    awk -f plots/report.awk 'A & B' "$T/notes.txt" "$T/barrier.tsv:a table" "$T/a.svg:a figure" > "$T/r.html"
    for w in '<td>chance_0,uneven</td>' '<th>epsilon</th>' '<td>0.02</td>' 'x&lt;i&gt;' 'A &amp; B' '&lt;this&gt; &amp; that' '<svg' '</html>'; do
        grep -qF "$w" "$T/r.html" || { echo "no $w"; return 1; }
    done
    for w in "$T/no.tsv:x" "$T/no.svg:x"; do
        run awk -f plots/report.awk T "$T/notes.txt" "$w"
        [ "$status" -eq 1 ]
        [[ "$output" == *"cannot read"* ]]
    done
    run awk -f plots/report.awk T "$T/no.txt"
    [ "$status" -eq 1 ]
}
