#!/usr/bin/env bats
# The plots: all formats from small tables, without a word from gnuplot.

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
        print "point", "t", "task", "n", "loss", "accuracy", "from", "to", "x", "y", "group"
        for (j = -1; j <= 6; j++) for (i = -1; i <= 6; i++) { x = i / 5; y = j / 5
            print n++, "nan", "x", 8, .3 + x * x + y * y / 2, .5, "a", "b", x, y, "" }
    }' > "$T/plane.tsv"
    printf 'model\tx\ty\tdistance\tunit_x\tunit_y\n' > "$T/feet.tsv"
    printf '%d\t%s\t%s\t%s\t2\t3\n' 0 0 0 0 1 1 0 0 2 .4 1 0 3 .2 .5 1.25 4 .4 .6 2.5 5 .6 .5 1.5 >> "$T/feet.tsv"
    awk -v OFS='\t' 'BEGIN {
        print "point", "t", "task", "n", "loss", "accuracy", "from", "to", "x", "y", "group"
        for (g = 0; g < 3; g++) for (i = 4; i >= 0; i--) # not in the order of t
            print n++, i / 4, "x", 8, .3 + g * i / 40, .5, "a", "b", "nan", "nan", "layer." g
    }' > "$T/layers.tsv"
    awk -v OFS='\t' 'BEGIN {
        print "task", "metric", "barrier_lin", "ci_low", "ci_high", "verdict", "path", "epsilon", "confidence", "group", "xfit"
        for (g = 0; g < 3; g++) {
            print "x", "loss", .01 * g, .01 * g / 2, .02 * g, (g > 1 ? "undecided" : "connected"), "p", .02, .95, "layer." g, .5 }
    }' > "$T/bars.tsv"
    printf '%s\t%s\t%s\t%s\t%s\n' model cluster a b c a 0 0 .3 .01 b 1 .3 0 nan c 0 .01 nan 0 > "$T/matrix.tsv"
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
    [ "$(stat -c %s "$out")" -gt 4000 ]
    case "$out" in
    *.svg) grep -q '</svg>' "$out" ;;
    *.pdf) [ "$(tail -c 6 "$out")" = %%EOF ] ;;
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

@test "a label that is given is in the legend, also of one condition" {
    draws "$T/l.svg" plots/path.gp "$T/l.svg" "$T/s1.tsv,$T/s2.tsv:three"
    grep -q '>three<' "$T/l.svg"
    printf 'a list\t%s\n' "$T/s1.tsv" > "$T/list"
    draws "$T/l.svg" plots/path.gp "$T/l.svg" --list "$T/list"
    grep -q '>a list<' "$T/l.svg"
    draws "$T/l.svg" plots/train.gp "$T/l.svg" "$T/log.tsv:seed 1"
    grep -q '>seed 1<' "$T/l.svg"
    draws "$T/l.svg" plots/path.gp "$T/l.svg" "$T/s1.tsv"
    grep -q '>s1<' "$T/l.svg" && return 1
    return 0
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

@test "pairs: their mean, Student's interval from three on, and each of them" {
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv"
    # the task, 11 points, 3 tables; of the loss: values, a band, both ends, the least and greatest, no word of mc-barrier
    [ "$(cut -f 1-9 <<< "${lines[0]}")" = "$(printf '"x"\t11\t3\t1\t0.124206894\t0.300000000\t0.300000000\t0.287896553\t0.412103447')" ]
    # .325, .35, .375: deviation .025, quantile 4.302653 of two degrees of freedom
    [ "${lines[6]}" = "$(printf '0.5\t0.350000000\t0.287896553\t0.412103447\t0.875000000\t0.875000000\t0.875000000\t%s' \
        "$(printf '0.325000000\t0.875000000\t0.350000000\t0.875000000\t0.375000000\t0.875000000')")" ]
    # two pairs: the mean alone, also where one of them has its examples
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/s3.tsv" "$T/each.tsv"
    [ "${lines[6]}" = "$(printf '0.5\t0.350000000\tNaN\tNaN\t0.875000000\tNaN\tNaN\t%s' \
        "$(printf '0.325000000\t0.875000000\t0.375000000\t0.875000000')")" ]
    # 13 pairs, beyond the table of quantiles: 12 degrees of freedom have 2.178813
    local k many=()
    for k in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
        awk -F '\t' -v OFS='\t' -v k=$k 'NR > 1 { $5 = k } 1' "$T/s1.tsv" > "$T/n$k.tsv"
        many+=("$T/n$k.tsv")
    done
    run awk -f plots/student.awk -f plots/path.awk "${many[@]}"
    awk '{ d = $4 - 7 - 2.178813 * sqrt(91 / 6 / 13); exit !(d < 2e-5 && d > -2e-5) }' <<< "${lines[1]}"
    # a pair that lacks a t, and one without a value there
    grep -v '^5' "$T/s2.tsv" > "$T/short.tsv"
    sed 's/^5\t0.5\tx\t8\t[0-9.]*/5\t0.5\tx\t8\tnan/' "$T/s2.tsv" > "$T/nan.tsv"
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/short.tsv" "$T/s3.tsv"
    [ "$(cut -f 2-4,10 <<< "${lines[6]}")" = "$(printf '0.350000000\tNaN\tNaN\tNaN')" ]
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/nan.tsv" "$T/s3.tsv"
    [ "$(cut -f 2-5 <<< "${lines[6]}")" = "$(printf 'NaN\tNaN\tNaN\t0.875000000')" ]
    # drawn: a band and three thin lines, or two thin lines, in each panel, and one where it is said what they are
    draws "$T/three.svg" plots/path.gp "$T/three.svg" "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv"
    draws "$T/two.svg" plots/path.gp "$T/two.svg" "$T/s1.tsv,$T/s2.tsv"
    grep -q "fill-opacity = '0.18" "$T/three.svg"
    [ "$(grep -c "stroke=.* opacity='0.56'" "$T/three.svg")" -eq 7 ]
    grep -q "fill-opacity = '0.18" "$T/two.svg" && return 1
    [ "$(grep -c "stroke=.* opacity='0.56'" "$T/two.svg")" -eq 5 ]
    sed 's/nan/inf/' "$T/nan.tsv" > "$T/inf.tsv"
    draws "$T/inf.svg" plots/path.gp "$T/inf.svg" "$T/s1.tsv,$T/inf.tsv" "$T/inf.tsv"
    draws "$T/nan.svg" plots/path.gp "$T/nan.svg" "$T/s1.tsv,$T/nan.tsv" "$T/nan.tsv"
}

@test "a band of one path is the standard error of its examples" {
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/each.tsv"
    # losses 0, .1, ..., .7: deviation .244949, over sqrt(8)
    [ "$(cut -f 2-4 <<< "${lines[1]}")" = "$(printf '0.300000000\t0.213397460\t0.386602540')" ]
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv"
    [ "${lines[6]}" = "$(printf '0.5\t0.325000000\tNaN\tNaN\t0.875000000\tNaN\tNaN')" ]
}

@test "arguments beyond the nine that gnuplot hands over are read too, and a table that is not there is named" {
    local k tables=()
    for k in 1 2 3 4 5 6 7 8 9 10 11; do
        printf 't\ttask\tloss\taccuracy\n0\tx\t.%d\t.5\n1\tx\t.3\t.6\n' $k > "$T/of $k.tsv"
        tables+=("$T/of $k.tsv:curve $k'\"")
    done
    draws "$T/many.svg" plots/path.gp "$T/many.svg" --width 170mm "${tables[@]}" --title 'the title | last'
    for k in 1 2 7 8 9 11; do grep -q ">curve $k'&quot;<\|>curve $k'\"<" "$T/many.svg" || { echo "no curve $k"; return 1; }; done
    grep -q '>the title | last<' "$T/many.svg"
    grep -q '>chords are drawn for four lines or fewer<' "$T/many.svg"
    draws "$T/nine.svg" plots/path.gp "$T/nine.svg" "${tables[@]:0:8}"
    run gnuplot -c plots/path.gp "$T/x.svg" $(yes a.tsv | head -n 100)
    [ "$status" -eq 2 ]
    [[ "$output" == 'path.gp: more than 100 arguments'* ]]
    for k in path groups train plane ledger steps map matrix speed; do
        run gnuplot -c plots/$k.gp "$T/x.svg" none.tsv
        [ "$status" -eq 1 ]
        [ "$output" = "$k.gp: none.tsv: no such file" ]
    done
    [ ! -e "$T/x.svg" ]
}

@test "a band ends where its metric does" {
    local s
    # three tables whose means -+ Student's half lie beyond 0 and 1
    for s in 1 2 3; do
        printf 'point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep\n0\t0\tx\t9\t%s\t%s\tnan\t%s\ta\tb\tnan\n' \
            "0.$((s * s))" "0.9$((s * s))" "-0.9$((s * s))" > "$T/near$s.tsv"
    done
    run awk -v metric=loss,accuracy,mcc -f plots/student.awk -f plots/path.awk "$T"/near?.tsv
    echo "$output"
    # loss .1, .4, .9: half 1.004; accuracy .91, .94, .99 and mcc below 0 of the same size: half .100
    awk 'NR == 2 { exit !($3 == 0 && $4 > 1.46 && $6 > .84 && $6 < .85 && $7 == 1 && $9 == -1 && $10 > -.85 && $10 < -.84) }' <<< "$output"
}

@test "what is no single path is refused" {
    local t
    awk -F '\t' -v OFS='\t' '{ print $0, (NR == 1 ? "group" : "layer.0") }' "$T/s1.tsv" > "$T/group.tsv"
    { cat "$T/s1.tsv"; tail -n 1 "$T/s1.tsv"; } > "$T/twice.tsv"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $2 = "nan" } 1' "$T/s1.tsv" > "$T/plane.tsv"
    : > "$T/empty.tsv"
    for t in group:groups.gp twice:twice plane:'no point' empty:empty; do
        run gnuplot -c plots/path.gp "$T/x.svg" "$T/${t%%:*}.tsv"
        [ "$status" -eq 1 ]
        [[ "$output" == "path.awk: "*"${t#*:}"* ]]
        [ "${#lines[@]}" -eq 1 ]
        [ ! -e "$T/x.svg" ]
    done
}

@test "a metric is taken from a per-example table that has its column, the counted one from labels else" {
    awk -F '\t' -v OFS='\t' '{ print $0, (NR == 1 ? "mcc" : $4 / 10) }' "$T/each.tsv" > "$T/more.tsv"
    run awk -v metric=loss,mcc -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/more.tsv"
    [ "$(cut -f 5-7 <<< "${lines[1]}")" = NaN$'\t'NaN$'\t'NaN ] # nan in the table
    sed 's/\tnan\tnan\ta/\tnan\t0.35\ta/' "$T/s1.tsv" > "$T/mcc.tsv"
    run awk -v metric=loss,mcc -f plots/student.awk -f plots/path.awk "$T/mcc.tsv" "$T/more.tsv"
    [ "$(cut -f 5 <<< "${lines[1]}")" = 0.350000000 ]
    [ "$(awk '{ print ($6 < .35 && $7 > .35) }' <<< "${lines[1]}")" = 1 ]
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/more.tsv"
    [ "$(awk '{ print ($6 < $5 && $7 > $5) }' <<< "${lines[1]}")" = 1 ]
    run awk -v counted=mcc -v metric=loss,mcc -f plots/student.awk -f plots/path.awk "$T/mcc.tsv" "$T/each.tsv"
    [ "$(awk '{ print ($6 < .35 && $7 > .35) }' <<< "${lines[1]}")" = 1 ]
}

@test "distances are found by the names of columns" {
    printf 'group\tn\tcosine\trms\tl2\tx\nlayer.0\t2\t.1\t.2\t.3\t.4\nall\t9\t.5\t.6\t.7\t.8\n' > "$T/distance-1-2.tsv"
    printf 'a\tb\tgroup\tn\tl2\trms\tcosine\n0\t1\tall\t9\t1\t2\t3\n' > "$T/distance-1-3.tsv"
    run awk -f plots/distance.awk "$T/distance-1-2.tsv" "$T/distance-1-3.tsv"
    [ "$output" = "$(printf 'path\tl2\trms\tcosine\n1-2\t.7\t.6\t.5\n1-3\t1\t2\t3')" ]
}

@test "a plane: colours, contours, the ends and what stands over it, with its distance" {
    draws "$T/p.svg" plots/plane.gp "$T/plane.tsv" "$T/p.svg" --title "a_title" --names "one,two_,third" "$T/feet.tsv:a curve"
    local w
    for w in a_title '>one<' '>two_<' '>third<' 'line from A to B' 'a curve, up to 2.5 off the plane' 'loss (nats per example)' \
        'from A towards B (L2)'; do grep -q "$w" "$T/p.svg" || { echo "no $w"; return 1; }; done
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 *= 10 } 1' "$T/plane.tsv" > "$T/high.tsv"
    draws "$T/high.svg" plots/plane.gp "$T/high.svg" "$T/high.tsv"
    [ "$(grep -c '>15<' "$T/high.svg")" -eq 3 ] # by the colours, and on the contour in its box
    draws "$T/p.png" plots/plane.gp "$T/p.png" "$T/plane.tsv"
    draws "$T/flat.svg" plots/plane.gp "$T/flat.svg" "$T/plane.tsv" --metric accuracy
    grep -q '>accuracy<' "$T/flat.svg"
    # all in L2: x by |u|, y by |v|; models from the fourth on
    run awk -v metric=loss -v unit_x=2 -v unit_y=3 -f plots/plane.awk "$T/plane.tsv"
    [ "${lines[0]}" = plane ]
    [ "${lines[1]}" = "-0.400000000 -0.600000000 0.360000000" ]
    [ "${#lines[@]}" -eq 65 ]
    run awk -f plots/feet.awk "$T/feet.tsv"
    [ "${lines[0]} ${lines[1]}" = "2.000000000 3.000000000 0.800000000 0.400000000 1.500000000 1.250000000" ]
    [ "${#lines[@]}" -eq 4 ]
    # rows in any order, a value that is not there, models in the plane, two models that are no curve
    { head -n 1 "$T/plane.tsv"; sed 1d "$T/plane.tsv" | sort -r; } > "$T/shuffled.tsv"
    [ "$(awk -v metric=loss -f plots/plane.awk "$T/shuffled.tsv")" = "$(awk -v metric=loss -f plots/plane.awk "$T/plane.tsv")" ]
    sed 's/^20\tnan\tx\t8\t[0-9.]*/20\tnan\tx\t8\tnan/' "$T/plane.tsv" > "$T/hole.tsv"
    sed 's/nan$/inf/; s/^3\tnan\tx\t8\t[0-9.]*/3\tnan\tx\t8\tinf/' "$T/hole.tsv" > "$T/inf.tsv"
    draws "$T/inf.svg" plots/plane.gp "$T/inf.svg" "$T/inf.tsv"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $4 = 1e-6 } NR < 7 { print }' "$T/feet.tsv" > "$T/in.tsv"
    draws "$T/h.svg" plots/plane.gp "$T/h.svg" "$T/hole.tsv" "$T/in.tsv:pair" "$T/feet.tsv:curve"
    grep -q 'pair, in the plane' "$T/h.svg"
    # two random directions: one model, no line
    awk -F '\t' -v OFS='\t' 'NR > 1 { $8 = $7 } 1' "$T/plane.tsv" > "$T/random.tsv"
    draws "$T/r.svg" plots/plane.gp "$T/r.svg" "$T/random.tsv" --names "the model"
    grep -q 'random direction' "$T/r.svg"
    grep -q 'line from A to B' "$T/r.svg" && return 1
    # the legend names what is in the picture: C where its place is known, and what the sweep holds
    in_legend() { # in_legend FILE WORD...: these and no other of the words below
        local f="$1" w got=''
        shift
        for w in one two third 'line from A to B'; do if grep -q ">$w<" "$f"; then got+="$w;"; fi; done
        [ "$got" = "$(printf '%s;' "$@")" ] || { echo "$got, not $*"; return 1; }
    }
    draws "$T/p.svg" plots/plane.gp "$T/plane.tsv" "$T/p.svg" --names "one,two,third" "$T/feet.tsv"
    in_legend "$T/p.svg" one two third 'line from A to B'
    draws "$T/p.svg" plots/plane.gp "$T/plane.tsv" "$T/p.svg" --names "one,two,third"
    in_legend "$T/p.svg" one two 'line from A to B'
    awk -F '\t' 'NR == 1 || $10 < .9' "$T/plane.tsv" > "$T/low.tsv"
    head -n 4 "$T/feet.tsv" > "$T/three.tsv"
    draws "$T/p.svg" plots/plane.gp "$T/low.tsv" "$T/p.svg" --names "one,two,third" "$T/three.tsv"
    in_legend "$T/p.svg" one two 'line from A to B'
    awk -F '\t' 'NR == 1 || $9 > .1' "$T/plane.tsv" > "$T/right.tsv"
    draws "$T/p.svg" plots/plane.gp "$T/right.tsv" "$T/p.svg" --names "one,two,third" "$T/three.tsv"
    in_legend "$T/p.svg" two third 'line from A to B'
    awk -F '\t' 'NR == 1 || $10 > .1' "$T/plane.tsv" > "$T/above.tsv"
    draws "$T/p.svg" plots/plane.gp "$T/above.tsv" "$T/p.svg" --names "one,two,third" "$T/three.tsv"
    in_legend "$T/p.svg" third
    # a flat plane has no contours and stays light: its colours span .05, and .1 of a loss
    grep -q '>0.55<' "$T/flat.svg"
    # one of two tasks
    { cat "$T/plane.tsv"; sed '1d; s/\tx\t/\ty\t/' "$T/plane.tsv"; } > "$T/tasks.tsv"
    draws "$T/t.svg" plots/plane.gp "$T/t.svg" "$T/tasks.tsv" --task y
}

@test "groups: a heat map of their losses, bars of mc-barrier's heights and intervals" {
    local w
    draws "$T/g.svg" plots/groups.gp "$T/g.svg" --title "a_title" "$T/layers.tsv" "$T/bars.tsv"
    for w in a_title 'layer.0' 'layer.2' 'loss (nats per example)' 'barrier (nats per example)' '>connected<' '>undecided<' \
        '95 % interval' 'epsilon, 0.02'; do grep -q "$w" "$T/g.svg" || { echo "no $w"; return 1; }; done
    draws "$T/g.png" plots/groups.gp "$T/g.png" "$T/bars.tsv"
    draws "$T/h.svg" plots/groups.gp "$T/h.svg" "$T/layers.tsv" --metric accuracy
    grep -q 'barrier' "$T/h.svg" && return 1
    run awk -v metric=loss -f plots/groups.awk "$T/bars.tsv" "$T/layers.tsv"
    [ "${lines[0]} ${lines[1]} ${lines[3]}" = '"loss" "layer.0" "layer.2"' ]
    # cells reach half way to the next t; the first and last only to their own
    [ "${lines[14]}" = "3 0.000000000 0.125000000 0.300000000" ]
    [ "${lines[15]}" = "3 0.125000000 0.375000000 0.350000000" ]
    [ "${lines[21]}" = "3 0.020000000 0.010000000 0.040000000 8" ]
    [ "${lines[22]}" = "0.020000000 0.950000000" ]
    # pairs: the mean in the heat map, the rows `all`, at their cross-fitted height, as bars
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 += .2 } 1' "$T/layers.tsv" > "$T/more.tsv"
    awk -F '\t' -v OFS='\t' '{ print } NR > 1 { $3 = .7; $7 = "q"; print; $3 = .6; $7 = "all"; $11 = "-0.001"; print }' "$T/bars.tsv" > "$T/all.tsv"
    run awk -v metric=loss -f plots/groups.awk "$T/layers.tsv" "$T/more.tsv" "$T/all.tsv"
    [ "${lines[15]}" = "3 0.125000000 0.375000000 0.450000000" ]
    [ "${lines[21]}" = "3 -0.001000000 0.010000000 0.040000000 8" ]
    draws "$T/all.svg" plots/groups.gp "$T/all.svg" "$T/layers.tsv,$T/more.tsv" "$T/all.tsv"
    # without intervals; many groups with long names
    sed 's/\t[^\t]*\t[^\t]*\t[a-z]*\tp\t/\tnan\tnan\t\tp\t/' "$T/bars.tsv" > "$T/none.tsv"
    draws "$T/none.svg" plots/groups.gp "$T/none.svg" "$T/none.tsv"
    grep -q 'interval' "$T/none.svg" && return 1
    awk -v OFS='\t' 'BEGIN {
        print "point", "t", "task", "n", "loss", "group"
        for (g = 0; g < 100; g++) for (i = 0; i < 3; i++)
            print n++, i / 2, "x", 8, .3 + g * i, "bert.encoder.layer." g ".attention.output.LayerNorm.and.what.is.behind.weight" g
    }' > "$T/many.tsv"
    draws "$T/many.svg" plots/groups.gp "$T/many.svg" "$T/many.tsv"
    [ "$(grep -c '>bert.*….*weight[0-9]*<' "$T/many.svg")" -eq 100 ]
}

@test "the unit of a loss is what the tables tell: nats, squared errors, or none" {
    local w
    # of numbers: a correlation, no accuracy
    awk -F '\t' -v OFS='\t' '{ if (FNR > 1) $6 = "nan"; print $0, FNR == 1 ? "pearson" : .5 }' "$T/plane.tsv" > "$T/numbers.tsv"
    draws "$T/p.svg" plots/plane.gp "$T/numbers.tsv" "$T/p.svg"
    grep -q '>loss (squared error per example)<' "$T/p.svg"
    awk -F '\t' -v OFS='\t' '{ if (FNR > 1) $6 = "nan"; print $0, FNR == 1 ? "pearson" : .5 }' "$T/layers.tsv" > "$T/numbers.tsv"
    draws "$T/g.svg" plots/groups.gp "$T/g.svg" "$T/numbers.tsv" "$T/bars.tsv"
    for w in loss barrier; do grep -q ">$w (squared error" "$T/g.svg"; done
    awk -F '\t' -v OFS='\t' 'NR > 1 { $9 = "nan" } 1' "$T/log.tsv" > "$T/numbers.tsv"
    draws "$T/l.svg" plots/train.gp "$T/l.svg" "$T/numbers.tsv"
    grep -q '>loss<' "$T/l.svg"
    grep -q '>on dev, after an epoch<' "$T/l.svg"
    grep -q 'gpPt5' "$T/l.svg" # its marks
    draws "$T/l.svg" plots/train.gp "$T/l.svg" "$T/log.tsv" "$T/numbers.tsv"
    grep -q nats "$T/l.svg" && return 1
    draws "$T/l.svg" plots/train.gp "$T/l.svg" "$T/log.tsv"
    grep -q '>loss (nats per example)<' "$T/l.svg"
    # mc-barrier's own tables and those of mc-matrix do not say
    draws "$T/g.svg" plots/groups.gp "$T/g.svg" "$T/bars.tsv"
    grep -q '>barrier of loss<' "$T/g.svg"
    draws "$T/m.svg" plots/matrix.gp "$T/m.svg" "$T/matrix.tsv"
    grep -q nats "$T/m.svg" && return 1
    # steps of a pre-training
    for w in .8 nan; do
        awk -v OFS='\t' -v right=$w 'BEGIN { print "task", "step", "xfit", "ci_low", "ci_high", "accuracy", "accuracy_low", "accuracy_high", "accuracy_majority"
            for (s = 10; s < 1e4; s *= 10) print "x", s, 1 / s, 0, 2 / s, right, right, right, right }' > "$T/q2-$w.tsv"
        draws "$T/q2-$w.svg" plots/steps.gp "$T/q2-$w.svg" "$T/q2-$w.tsv"
    done
    grep -q '>height of the barrier (nats)<' "$T/q2-.8.svg"
    grep -q '>height of the barrier<' "$T/q2-nan.svg"
    grep -q '>not known<' "$T/q2-nan.svg"
}

@test "steps of a pre-training: no tic below a height of 0, and what is drawn is explained" {
    local w
    draws "$T/s.svg" plots/steps.gp "$T/s.svg" --width 85mm docs/results/q2/long/q2.tsv docs/results/q2/long/differences.tsv
    grep -q '>-0.0[0-9]<' "$T/s.svg" && return 1
    for w in '95 % interval' 'accuracy of the most frequent label' 'width: share of a line between tasks' 'below 0: a gap that keeps neither'; do
        grep -q ">$w<" "$T/s.svg" || { echo "no $w"; return 1; }
    done
    draws "$T/s.svg" plots/steps.gp "$T/s.svg" docs/results/q2/long/q2.tsv
    grep -q 'below 0' "$T/s.svg" && return 1
    return 0
}

@test "a matrix: models by cluster, numbers, pairs that were not measured" {
    local w
    draws "$T/m.svg" plots/matrix.gp "$T/matrix.tsv" "$T/m.svg" --title "a_title"
    for w in a_title '>0.30<' '>0.01<' '>cluster<' 'not measured' 'height of the barrier'; do
        grep -q "$w" "$T/m.svg" || { echo "no $w"; return 1; }
    done
    draws "$T/m.png" plots/matrix.gp "$T/m.png" "$T/matrix.tsv" --value barrier_mid
    run awk -f plots/matrix.awk "$T/matrix.tsv"
    [ "${lines[*]}" = "\"a\" \"c\" \"b\" 1 1 0.000000000 2 1 0.010000000 3 1 0.300000000 1 2 0.010000000 2 2 0.000000000 3 2 NaN \
1 3 0.300000000 2 3 NaN 3 3 0.000000000 1 2 3 3" ]
    awk -v OFS='\t' 'BEGIN { n = 30; printf "model\tcluster"; for (i = 1; i <= n; i++) printf "\tm%d", i; print ""
        for (i = 1; i <= n; i++) { printf "m%d\t0", i; for (j = 1; j <= n; j++) printf "\t%d", i != j; print "" } }' > "$T/large.tsv"
    draws "$T/large.svg" plots/matrix.gp "$T/large.tsv" "$T/large.svg"
    sed 's/\.3/0.0003/g; s/\.01/0.0001/g' "$T/matrix.tsv" > "$T/low.tsv" # nothing that counts as a barrier
    draws "$T/low.svg" plots/matrix.gp "$T/low.tsv" "$T/low.svg"
    grep -q '>0.05<' "$T/low.svg"
    printf 'model\tcluster\ta\na\t0\t0\n' > "$T/one.tsv"
    draws "$T/one.png" plots/matrix.gp "$T/one.tsv" "$T/one.png"
}

# refuses TEXT COMMAND...: one line that has TEXT, exit 1, no picture.
refuses() {
    local text="$1"
    shift
    run gnuplot -c "$@" "$T/x.svg"
    [ "$status" -eq 1 ] || { echo "exit $status: $*"; return 1; }
    [[ "$output" == *"$text"* && "${#lines[@]}" -eq 1 ]] || { echo "$output"; return 1; }
    [ ! -e "$T/x.svg" ]
    [ ! -e "$T/x.svg.part" ]
}

@test "a data map: every example, those marked, one in several of many" {
    awk -v OFS='\t' 'BEGIN { print "example", "label", "confidence", "variability", "correctness", "forgetting"
        for (i = 0; i < 10; i++) print 3 * i, "x", i / 10, (9 - i) / 20, i / 9, 0 }' > "$T/examples.tsv"
    printf '6\n27\n' > "$T/some.txt"
    run awk -f plots/map.awk "$T/examples.tsv" "$T/some.txt"
    [ "${lines[0]}" = "$(printf '0.45\t0\t0')" ]
    [ "${#lines[@]}" -eq 13 ]
    [ "${lines[10]}" = "$(printf '0.35\t0.2')" ]
    [ "${lines[12]}" = "$(printf '1\t10\t2')" ]
    run awk -v most=4 -f plots/map.awk "$T/examples.tsv"
    [ "$(sed -n 1,4p <<< "$output" | cut -f 2 | tr '\n' ' ')" = "0 0.3 0.6 0.9 " ]
    [ "${lines[5]}" = "$(printf '3\t10\t0')" ]
    draws "$T/map.svg" plots/map.gp "$T/map.svg" "$T/examples.tsv" --marked "$T/some.txt" --as "those forgotten"
    for w in 'examples (10)' 'those forgotten (2)' confidence variability; do grep -qF "$w" "$T/map.svg"; done
    draws "$T/map.png" plots/map.gp "$T/map.png" "$T/examples.tsv" --title "a task"
    rm "$T"/map.*
    echo 7 > "$T/none.txt"
    for w in "$T/s1.tsv" "$T/examples.tsv --marked $T/none.txt" "$T/no.tsv"; do
        run gnuplot -c plots/map.gp "$T/map.svg" $w
        [ "$status" -ne 0 ]
        [ ! -e "$T/map.svg" ]
    done
    run gnuplot -c plots/map.gp "$T/map.svg"
    [ "$status" -eq 2 ]
}

@test "a ledger: shares along t, confidences with their interval over pairs" {
    local k
    for k in 1 2 3; do
        printf 'task\tsegment\tt_0\tt_1\tn\tkept\tforgotten\tlearned\tnever\tconfidence_forgotten\tconfidence_kept\n' > "$T/l$k.tsv"
        printf 'x\t%s\t%s\t%s\t20\t%d\t%d\t2\t0\t%s\t%s\n' 0 0 .5 $((15 + k)) $((3 - k)) .$k nan 1 .5 1 15 3 .5 .9 all 0 1 15 3 .5 .9 >> "$T/l$k.tsv"
    done
    run awk -f plots/student.awk -f plots/ledger.awk "$T/l1.tsv" "$T/l2.tsv" "$T/l3.tsv"
    [ "${lines[0]}" = "$(printf '0.000000000\t0.500000000\t0.85\t0.05\t0.1\t0')" ]
    # .1, .2, .3: deviation .1, over the root of three, quantile 4.302653
    [ "${lines[2]}" = "$(printf '0.250000000\t0.200000000\t-0.048413787\t0.448413787\tNaN\tNaN\tNaN')" ]
    [ "${lines[4]}" = "$(printf '3\t1')" ]
    [ "$(awk -f plots/student.awk -f plots/ledger.awk "$T/l1.tsv" | sed -n 5p)" = "$(printf '0.250000000\t0.100000000\tNaN\tNaN\tNaN\tNaN\tNaN')" ]
    draws "$T/ledger.svg" plots/ledger.gp "$T/ledger.svg" "$T/l1.tsv" "$T/l2.tsv" "$T/l3.tsv" --title "from x to y"
    for w in kept forgotten learned 'never known' 'confidence in training' 'from 0.7' 'from x to y'; do grep -qF "$w" "$T/ledger.svg"; done
    grep -q 'fill-opacity *= *.0' "$T/ledger.svg" && return 1 # areas lie on each other
    sed 's/\.[0-9]\tnan$/nan\tnan/; s/\.5\t\.9$/nan\tnan/' "$T/l1.tsv" > "$T/bare.tsv"
    draws "$T/bare.svg" plots/ledger.gp "$T/bare.svg" "$T/bare.tsv"
    grep -qF 'confidence' "$T/bare.svg" && return 1
    draws "$T/ledger.png" plots/ledger.gp "$T/ledger.png" "$T/l1.tsv"
    rm "$T"/ledger.*
    sed 's/\.5/.6/' "$T/l2.tsv" > "$T/other.tsv"
    sed '2d' "$T/l2.tsv" > "$T/short.tsv"
    { cat "$T/l1.tsv"; sed '1d; s/^x/y/' "$T/l1.tsv"; } > "$T/two.tsv"
    for w in "$T/l1.tsv $T/other.tsv" "$T/l1.tsv $T/short.tsv" "$T/two.tsv" "$T/s1.tsv" "$T/no.tsv"; do
        run gnuplot -c plots/ledger.gp "$T/ledger.svg" $w
        [ "$status" -ne 0 ]
        [ ! -e "$T/ledger.svg" ]
    done
}

@test "wrong planes, groups and matrices fail in one line, and leave no picture" {
    local s f
    : > "$T/empty.tsv"
    for s in plane groups matrix; do
        run gnuplot -c plots/$s.gp
        [ "$status" -eq 2 ]
        [[ "$output" == usage:* ]]
        run gnuplot -c plots/$s.gp "$T/x.svg"
        [ "$status" -eq 2 ]
        for f in log each empty; do refuses "$s.awk: $T/$f.tsv" plots/$s.gp "$T/$f.tsv"; done
        refuses none.tsv plots/$s.gp "$T/none.tsv"
        refuses "" plots/$s.gp --list "$T/none"
    done
    run gnuplot -c plots/matrix.gp "$T/matrix.tsv" "$T/matrix.tsv" "$T/x.svg"
    [ "$status" -eq 2 ]

    refuses 'no column f2' plots/plane.gp --metric f2 "$T/plane.tsv"
    refuses 'no plane of task q' plots/plane.gp --task q "$T/plane.tsv"
    refuses 'no plane' plots/plane.gp "$T/layers.tsv"
    { cat "$T/plane.tsv"; sed '1d; s/\tx\t/\ty\t/' "$T/plane.tsv"; } > "$T/tasks.tsv"
    refuses '--task x or y' plots/plane.gp "$T/tasks.tsv"
    { cat "$T/plane.tsv"; tail -n 1 "$T/plane.tsv"; } > "$T/twice.tsv"
    refuses twice plots/plane.gp "$T/twice.tsv"
    head -n -1 "$T/plane.tsv" > "$T/short.tsv"
    refuses 'lacks the point' plots/plane.gp "$T/short.tsv"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 = "nan" } 1' "$T/plane.tsv" > "$T/nan.tsv"
    refuses 'no value' plots/plane.gp "$T/nan.tsv"
    sed 's/2\t3$/2\t4/' "$T/feet.tsv" > "$T/other.tsv"
    refuses 'another plane' plots/plane.gp "$T/plane.tsv" "$T/feet.tsv" "$T/other.tsv"
    head -n 3 "$T/feet.tsv" > "$T/few.tsv"
    refuses 'three models' plots/plane.gp "$T/plane.tsv" "$T/few.tsv"
    refuses 'no table of mc-interp' plots/plane.gp "$T/plane.tsv" "$T/s1.tsv"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $8 = $7 } 1' "$T/plane.tsv" > "$T/random.tsv"
    refuses 'random directions' plots/plane.gp "$T/random.tsv" "$T/feet.tsv"

    refuses 'no groups' plots/groups.gp "$T/plane.tsv"
    refuses 'no groups of task q' plots/groups.gp --task q "$T/layers.tsv"
    refuses 'no column f2' plots/groups.gp --metric f2 "$T/layers.tsv"
    refuses 'empty' plots/groups.gp "$T/layers.tsv" "$T/empty.tsv"
    { cat "$T/layers.tsv"; sed '1d; s/\tx\t/\ty\t/' "$T/layers.tsv"; } > "$T/tasks.tsv"
    refuses '--task x or y' plots/groups.gp "$T/tasks.tsv"
    { cat "$T/bars.tsv"; sed 1d "$T/bars.tsv"; } > "$T/paths.tsv"
    refuses 'several paths of group layer.0' plots/groups.gp "$T/paths.tsv"
    sed 's/\tp\t/\tall\t/' "$T/paths.tsv" > "$T/all.tsv"
    refuses 'one condition' plots/groups.gp "$T/all.tsv"
    { cat "$T/bars.tsv"; sed '1,2d; s/loss/accuracy/' "$T/bars.tsv"; } > "$T/metrics.tsv"
    refuses 'rows of loss and of accuracy' plots/groups.gp "$T/metrics.tsv"

    sed 3d "$T/matrix.tsv" > "$T/cut.tsv"
    refuses 'line 3' plots/matrix.gp "$T/cut.tsv"
    head -n 3 "$T/matrix.tsv" > "$T/cut.tsv"
    refuses '2 models in 3 columns' plots/matrix.gp "$T/cut.tsv"
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
    for w in 'whiskers: least and greatest round' 'PyTorch, its loop alone'; do grep -q ">$w<" "$T/speed.svg"; done
    draws "$T/alone.svg" plots/speed.gp "$T/alone.tsv" "$T/alone.svg"
    grep -q PyTorch "$T/alone.svg" && return 1
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
    { cat "$T/s1.tsv"; sed '1d; s/\tx\t/\ta "b\x27 `touch run6` {\/=40 c} d e f g\t/' "$T/s2.tsv"; } > two.tsv
    draws "$T/w/two.svg" "$G/path.gp" two.svg two.tsv
    grep -q '>a "b.* `touch run6` {/=40 c} d e f g<' two.svg
    printf '<i>&"\t%s\nl,1:2\t%s\t%s\n' two.tsv 'lr=1.tsv' "a';touch run1;'.tsv" > list
    draws "$T/w/list.svg" "$G/path.gp" list.svg --list list
    python3 -c "import sys, xml.dom.minidom as m; t = m.parse('list.svg').toxml(); assert '&lt;i' in t and 'l,1:2' in t"
    # of groups, models and what stands over a plane too
    n="g\"\`touch run7\`{\\/=40 c}_@x ' 1"
    sed "s/layer.1/$n/" "$T/layers.tsv" > groups.tsv
    sed "s/layer.1/$n/" "$T/bars.tsv" > bars.tsv
    draws "$T/w/g.svg" "$G/groups.gp" g.svg groups.tsv bars.tsv
    awk -F '\t' -v OFS='\t' -v n="${n//\\/}" '{ for (i = 1; i <= NF; i++) if ($i == "a") $i = n } 1' "$T/matrix.tsv" > matrix.tsv
    draws "$T/w/m.svg" "$G/matrix.gp" m.svg matrix.tsv --value "{/=9 x}_2 @x \`touch run9\`"
    printf 'x\t%s\n%s\t%s\n' "$T/plane.tsv" "{/=9 x}_2 @x \"'" "$T/feet.tsv" > list
    draws "$T/w/p.svg" "$G/plane.gp" p.svg --list list --names "{/=9 a}_2,\"',\`touch run10\`" --title '{/=9 x}_2 @x'
    for n in g m p; do python3 -c "import xml.dom.minidom as m; m.parse('$n.svg')"; done
    grep -q '{/=40 c}_@x' g.svg
    grep -q '{/=9 x}_2 @x' m.svg
    grep -q '{/=9 a}_2' p.svg
    run gnuplot -c "$G/plane.gp" p.svg "$T/plane.tsv" --task "x'; touch run11; '"
    [ "$status" -eq 1 ]
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
    for s in path:s1 train:log plane:plane groups:layers matrix:matrix; do
        run gnuplot -c "plots/${s%:*}.gp" "$T/${s#*:}.tsv" "$T/full.svg"
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

# on_paper NAME SCRIPT ARGUMENT...: drawn as wide as a column and as a page, it is as a paper wants it.
on_paper() {
    local name="$1" script="$2" f numbers=""
    shift 2
    [ "$script" != plane ] || numbers=numbers
    for f in 85.svg 170.svg 85.pdf $([ "$name" != one ] || echo 85.png); do
        draws "$T/$name-$f" plots/$script.gp "$T/$name-$f" --width ${f%.*}mm "$@" || return 1
        python3 tests/cli/figure.py "$T/$name-$f" ${f%.*} $numbers || return 1
    done
}

@test "figures for paper: of the width that is asked for, with letters of 7 pt, nothing cut off or on anything else" {
    local k
    for k in 1 2 3 4 5 6 7 8 9 10 11 12; do
        printf 'a condition whose name is as long as names get, number %d\t%s\n' $k "$T/s$((k % 3 + 1)).tsv"
    done > "$T/list"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 = -$5 / 4000; $6 = $6 / 4000 } 1' "$T/s1.tsv" > "$T/small.tsv"
    awk 'NR < 3 || NR == 12' "$T/s1.tsv" > "$T/few.tsv"
    on_paper one path "$T/s1.tsv" --title "a title that is too long for one line of a column and too long for two of them as well, and goes on"
    on_paper pairs path "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv:pairs" "$T/s2.tsv,$T/each.tsv"
    on_paper many path --list "$T/list"
    on_paper small path "$T/small.tsv" "$T/few.tsv"
    on_paper plane plane "$T/plane.tsv" "$T/feet.tsv:a curve" --names "one,two,third"
    on_paper groups groups "$T/layers.tsv" "$T/bars.tsv"
    on_paper matrix matrix "$T/matrix.tsv"
    on_paper train train "$T/log.tsv:one" "$T/log.tsv:other"
    on_paper long-run train docs/results/q2/series.tsv
    awk -v OFS='\t' 'BEGIN { n = 30; printf "model\tcluster"; for (i = 1; i <= n; i++) printf "\tmodel-%d", i; print ""
        for (i = 1; i <= n; i++) { printf "model-%d\t0", i; for (j = 1; j <= n; j++) printf "\t%d", i != j; print "" } }' > "$T/large.tsv"
    on_paper large matrix "$T/large.tsv"
    awk -v OFS='\t' 'BEGIN { print "example", "label", "confidence", "variability", "correctness", "forgetting"
        for (i = 0; i < 10; i++) print i, "x", i / 10, (9 - i) / 20, i / 9, 0 }' > "$T/examples.tsv"
    on_paper map map "$T/examples.tsv"
    printf 'task\tsegment\tt_0\tt_1\tn\tkept\tforgotten\tlearned\tnever\tconfidence_forgotten\tconfidence_kept\n' > "$T/ledger.tsv"
    printf 'x\t%s\t%s\t%s\t20\t%d\t3\t2\t0\t%s\t%s\n' 0 0 .5 15 .3 .8 1 .5 1 14 .5 .9 >> "$T/ledger.tsv"
    on_paper ledger ledger "$T/ledger.tsv"
    on_paper steps steps docs/results/q2/long/q2.tsv docs/results/q2/long/differences.tsv
    on_paper speed speed docs/results/speed.tsv
    # the same bytes each time, and a screen's picture has no size on paper
    cp "$T/one-85.pdf" "$T/before.pdf"
    draws "$T/again.pdf" plots/path.gp "$T/again.pdf" --width 8.5cm "$T/s1.tsv" --title "a title that is too long for one line of a column and too long for two of them as well, and goes on"
    ! grep -aq CreationDate "$T/before.pdf" || cmp "$T/again.pdf" "$T/before.pdf" # newer cairo packs the time, which stays then
    draws "$T/one.svg" plots/path.gp "$T/one.svg" "$T/s1.tsv"
    grep -B 1 viewBox "$T/one.svg" | grep width && return 1
    grep -q 'viewBox="0 0 600 ' "$T/one.svg"
}

@test "in a figure as wide as a column no verdict and no note is cut: a label gives up its own middle" {
    local k f w
    # a barrier by the loss, by whose accuracy nothing is decided
    awk -v OFS='\t' -v path="$T/p.tsv" 'BEGIN {
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        print "point", "t", "task", "n", "loss", "accuracy", "from", "to" > path
        for (i = 0; i <= 4; i++) { t = i / 4; sum = 0
            for (k = 0; k < 150; k++) { l = .3 + t * (1 - t) * (1 + k % 7 / 9); sum += l
                printf "%d\t%g\tx\t%d\tp\t%s\t%.9g\t.5\n", i, t, k, (k + i) % 10 ? "p" : "q", l }
            printf "%d\t%g\tx\t150\t%.12g\t.9\ta\tb\n", i, t, sum / 150 > path }
    }' > "$T/pe.tsv"
    for w in loss accuracy; do "$BIN/mc-barrier" -q --metric $w --per-example "$T/pe.tsv" "$T/p.tsv" -o "$T/$w.tsv"; done
    for k in 1 2 3 4 5 6 7 8 9 10 11 12; do
        printf 'full_order_lr1e-%d\t%s\t%s\t%s\t%s\n' $k "$T/p.tsv" "$T/pe.tsv" "$T/loss.tsv" "$T/accuracy.tsv"
    done > "$T/list"
    sed 's/^/a label that has more letters than a column has room for, and then /' "$T/list" | head -n 3 > "$T/long"
    for f in svg pdf png; do draws "$T/v.$f" plots/path.gp "$T/v.$f" --width 85mm --list "$T/list"; done
    for k in 1 2 3 4 5 6 7 8 9 10 11 12; do grep -q ">full_order_lr1e-$k: barrier / undecided<" "$T/v.svg"; done
    grep -q … "$T/v.svg" && return 1
    python3 tests/cli/figure.py "$T/v.svg" 85
    for w in 60 85; do
        draws "$T/v.svg" plots/path.gp "$T/v.svg" --width ${w}mm --list "$T/long"
        for k in 1 2 3; do grep -q ">a l.*….*$k: barrier / undecided<" "$T/v.svg"; done
        for f in 'within epsilon, 0.02, of the chord' '95 % band of the whole path' 'verdicts: by loss / accuracy'; do grep -q ">$f<" "$T/v.svg"; done
        python3 tests/cli/figure.py "$T/v.svg" $w
    done
    # of a legend's samples without a mark none is scaled to nothing, which some viewers refuse to draw
    grep -q 'scale(0\.00)' "$T/v.svg" && return 1
    return 0
}

@test "what is no width of a figure is refused" {
    local w
    for w in 50mm 59.9 2in 100pt wide 85xx -85mm '85 mm' 2000mm 1e2mm; do
        run gnuplot -c plots/path.gp "$T/x.svg" --width "$w" "$T/s1.tsv"
        [ "$status" -eq 2 ]
        [[ "$output" == "path.gp: --width $w is "* && "${#lines[@]}" -eq 1 ]] || { echo "$output"; return 1; }
        [ ! -e "$T/x.svg" ]
    done
    run awk -f plots/length.awk 3.5in
    [ "$output" = 88.9000 ]
    run awk -f plots/length.awk 90
    [ "$output" = 90.0000 ]
}

@test "the chord, what is within epsilon of it, and the band that the verdict is read from" {
    # 150 examples whose losses rise in the middle by what differs between them
    awk -v OFS='\t' -v path="$T/p.tsv" 'BEGIN {
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        print "point", "t", "task", "n", "loss", "accuracy", "f1_macro", "mcc", "from", "to", "step" > path
        for (i = 0; i <= 5; i++) { t = i / 5; sum = right = 0
            for (k = 0; k < 150; k++) { l = .2 + .001 * k + .1 * t + t * (1 - t) * (k % 7) / 6; sum += l; r = (k + i) % 10 != 0; right += r
                printf "%d\t%g\tx\t%d\tp\t%s\t%.9g\t.5\n", i, t, k, (r ? "p" : "q"), l }
            printf "%d\t%g\tx\t150\t%.12g\t%.12g\tnan\tnan\ta\tb\tnan\n", i, t, sum / 150, right / 150 > path }
    }' > "$T/pe.tsv"
    "$BIN/mc-barrier" -q --per-example "$T/pe.tsv" "$T/p.tsv" -o "$T/b.tsv"
    run awk -f plots/student.awk -f plots/path.awk "$T/p.tsv" "$T/pe.tsv" "$T/b.tsv"
    # ends, epsilon, confidence, verdict and that the band is mc-barrier's
    [ "$(cut -f 1-3,6,7,10-16 <<< "${lines[0]}")" = "$(printf '"x"\t6\t0\t0.274500000\t0.374500000\t0.020000000\t0.950000000\tbarrier\t1\tNaN\tNaN\tNaN')" ]
    # its ends over the chord are ci_low and ci_high, the first of which the width was not made from
    awk -F '\t' 'NR == FNR { if (FNR == 1) for (i = 1; i <= NF; i++) at[$i] = i; else { low = $at["ci_low"]; high = $at["ci_high"] }; next }
        FNR > 1 { c = .2745 + .1 * $1; if ($3 - c > l) l = $3 - c; if ($4 - c > h) h = $4 - c }
        END { exit !((l - low) ^ 2 < 1e-12 && (h - high) ^ 2 < 1e-12) }' "$T/b.tsv" <(printf '%s\n' "${lines[@]}")
    # also where all of it lies below the chord, so that the interval of the height is [0, 0]
    awk -F '\t' -v OFS='\t' 'NR > 1 { $7 = sprintf("%.9g", $7 - .7 * $2 * (1 - $2)) } 1' "$T/pe.tsv" > "$T/low-each.tsv"
    awk -F '\t' -v OFS='\t' 'NR > 1 { $5 = sprintf("%.12g", $5 - .7 * $2 * (1 - $2)) } 1' "$T/p.tsv" > "$T/low.tsv"
    "$BIN/mc-barrier" -q --per-example "$T/low-each.tsv" "$T/low.tsv" -o "$T/low-b.tsv"
    run awk -v metric=loss -f plots/student.awk -f plots/path.awk "$T/low.tsv" "$T/low-each.tsv" "$T/low-b.tsv"
    [ "$(cut -f 12,13 <<< "${lines[0]}")" = "$(printf 'connected\t1')" ]
    awk -F '\t' 'NR == FNR { if (FNR == 1) for (i = 1; i <= NF; i++) at[$i] = i; else { c = $at["band_c"]; high = $at["ci_high"] }; next }
        FNR > 1 && $1 == .4 { got = ($4 - $2); over = $4 - (.2745 + .1 * $1) } END { s = sqrt(.24 ^ 2 / 36 * 2 * 2 * 150 / 149 / 150)
            exit !(high == 0 && over < 0 && c > 1.9 && got > .9 * c * s && got < 1.1 * c * s) }' "$T/low-b.tsv" <(printf '%s\n' "${lines[@]}")
    draws "$T/b.svg" plots/path.gp "$T/b.svg" "$T/p.tsv,$T/pe.tsv,$T/b.tsv:a pair"
    for w in 'a pair: barrier' 'chord between the ends' 'within epsilon, 0.02, of the chord' 'loss: 95 % band of the whole path' \
        'accuracy: one standard error'; do grep -q ">$w<" "$T/b.svg" || { echo "no $w"; return 1; }; done
    # by a metric, whose barrier lies under the chord
    "$BIN/mc-barrier" -q --metric accuracy --per-example "$T/pe.tsv" "$T/p.tsv" -o "$T/a.tsv"
    run awk -v metric=accuracy -f plots/student.awk -f plots/path.awk "$T/p.tsv" "$T/pe.tsv" "$T/a.tsv"
    awk -F '\t' 'NR == FNR { if (FNR == 1) for (i = 1; i <= NF; i++) at[$i] = i; else high = $at["ci_high"]; next }
        FNR == 1 { a = $6; b = $7; next }
        { c = a + (b - a) * $1; if (c - $3 > h) h = c - $3 } END { exit !((h - high) ^ 2 < 1e-12) }' "$T/a.tsv" <(printf '%s\n' "${lines[@]}")
    # by two metrics, of which each has its verdict
    draws "$T/b.svg" plots/path.gp "$T/b.svg" "$T/p.tsv,$T/pe.tsv,$T/b.tsv,$T/a.tsv:a"
    grep -q '>a: barrier / undecided<' "$T/b.svg"
    grep -q '>verdicts: by loss / accuracy<' "$T/b.svg"
    sed 's/\tundecided\t/\tbarrier\t/' "$T/a.tsv" > "$T/a2.tsv"
    draws "$T/b.svg" plots/path.gp "$T/b.svg" "$T/p.tsv,$T/pe.tsv,$T/b.tsv,$T/a2.tsv:a"
    grep -q '>a: barrier<' "$T/b.svg"
    # of several pairs the row `all`: an interval where their mean is highest
    "$BIN/mc-barrier" -q "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv" -o "$T/all.tsv"
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv" "$T/all.tsv"
    [ "$(cut -f 10-16 <<< "${lines[0]}")" = "$(printf '0.020000000\t0.950000000\t-\t0\tNaN\tNaN\tNaN')" ]
    awk -F '\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $at["path"] == "all" { $at["ci_low"] = .03; $at["ci_high"] = .07; $at["verdict"] = "barrier" } 1' \
        "$T/all.tsv" > "$T/told.tsv"
    run awk -f plots/student.awk -f plots/path.awk "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv" "$T/told.tsv"
    [ "$(cut -f 12-16 <<< "${lines[0]}")" = "$(printf 'barrier\t0\t0.5\t0.330000000\t0.370000000')" ]
    draws "$T/all.svg" plots/path.gp "$T/all.svg" "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv,$T/told.tsv:three"
    for w in 'three: barrier' '95 % interval of the height' 'thin: single pairs; thick: mean' '95 % interval of the mean at each t'; do
        grep -q ">$w<" "$T/all.svg" || { echo "no $w"; return 1; }
    done
    # what has no height on the picture is not explained either
    awk -F '\t' -v OFS='\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $at["path"] == "all" { $at["ci_low"] = $at["ci_high"] } 1' "$T/told.tsv" > "$T/flat.tsv"
    draws "$T/flat.svg" plots/path.gp "$T/flat.svg" --metric loss "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv,$T/flat.tsv:three"
    grep -q '95 % interval of the height' "$T/flat.svg" && return 1
    grep -q '95 % interval of the mean' "$T/flat.svg"
    draws "$T/flat.svg" plots/path.gp "$T/flat.svg" --metric accuracy "$T/s1.tsv,$T/s2.tsv,$T/s3.tsv"
    grep -q '95 %' "$T/flat.svg" && return 1
    # another path's row says nothing of this one, and two of one path are refused
    draws "$T/other.svg" plots/path.gp "$T/other.svg" "$T/s1.tsv,$T/b.tsv"
    grep -q epsilon "$T/other.svg" && return 1
    refuses 'two rows of p.tsv' plots/path.gp "$T/p.tsv,$T/b.tsv,$T/b.tsv"
    # of more than four lines no chord is drawn
    draws "$T/five.svg" plots/path.gp "$T/five.svg" "$T/s1.tsv" "$T/s2.tsv" "$T/s3.tsv" "$T/s1.tsv:four" "$T/s2.tsv:five"
    grep -q 'chord between the ends' "$T/five.svg" && return 1
    return 0
}

@test "panels of a path: by default the loss in its unit and the task's own metric, else what is asked for" {
    local table='point t task n loss accuracy f1_macro mcc from to step exact_match token_f1 pearson spearman' w
    { tr ' ' '\t' <<< "$table"; printf '%s\tx\t8\t.4\tnan\tnan\tnan\ta\tb\tnan\tnan\tnan\t.8\t.7\n' 0$'\t'0 1$'\t'.5 2$'\t'1; } > "$T/numbers.tsv"
    { tr ' ' '\t' <<< "$table"; printf '%s\tx\t8\t.4\t.5\tnan\tnan\ta\tb\tnan\t.6\t.7\tnan\tnan\n' 0$'\t'0 1$'\t'.5 2$'\t'1; } > "$T/written.tsv"
    { tr ' ' '\t' <<< "$table"; printf '%s\tx\t8\t.4\tnan\tnan\tnan\ta\tb\tnan\tnan\tnan\tnan\tnan\n' 0$'\t'0 1$'\t'.5 2$'\t'1; } > "$T/bare.tsv"
    draws "$T/n.svg" plots/path.gp "$T/n.svg" "$T/numbers.tsv"
    grep -q '>loss (squared error per example)<\|>loss (squared error)<' "$T/n.svg"
    grep -q '>pearson<' "$T/n.svg"
    draws "$T/w.svg" plots/path.gp "$T/w.svg" "$T/written.tsv"
    grep -q '>loss (nats per example)<' "$T/w.svg"
    grep -q '>exact_match<' "$T/w.svg"
    draws "$T/b.svg" plots/path.gp "$T/b.svg" "$T/bare.tsv"
    for w in accuracy exact_match pearson; do if grep -q ">$w<" "$T/b.svg"; then return 1; fi; done
    draws "$T/three.svg" plots/path.gp "$T/three.svg" --metric token_f1,loss,accuracy "$T/written.tsv" --width 170mm
    for w in token_f1 accuracy 'loss (nats per example)'; do grep -q ">$w<" "$T/three.svg"; done
    draws "$T/one.svg" plots/path.gp "$T/one.svg" --metric accuracy "$T/s1.tsv"
    grep -q '>loss' "$T/one.svg" && return 1
    refuses 'no column f2' plots/path.gp "$T/s1.tsv" --metric loss,f2
    # marks at both ends, whatever the number of points
    for w in 2 3 6 7 24 26; do
        awk -v OFS='\t' -v n=$w 'BEGIN { print "point", "t", "task", "n", "loss", "accuracy"; for (i = 0; i < n; i++) print i, i / (n - 1), "x", 8, .3, .5 }' > "$T/n.tsv"
        draws "$T/n.svg" plots/path.gp "$T/n.svg" --metric loss "$T/n.tsv"
        [ "$(grep -o "<use xlink:href='#gpPt[0-9]*' transform='translate([0-9.]*" "$T/n.svg" | sort -u | wc -l)" -eq $((w < 7 ? w : 6)) ]
    done
}
