#!/usr/bin/env bats
# mc-barrier --over: means and intervals of a column over pairs of ends, differences of conditions, and what has neither.
load common

setup() {
    B="${BIN:-build/bin}/mc-barrier"
    T="$BATS_TEST_TMPDIR"
}

# path FILE SEED FROM TO [HEIGHT]: FILE.tsv and FILE.each.tsv of 120 examples at three points, their heights drawn by SEED around HEIGHT
path() {
    awk -v OFS='\t' -v seed="$2" -v from="$3" -v to="$4" -v height="${5:-1}" -v table="$T/$1.tsv" 'BEGIN {
        srand(seed)
        print "point", "t", "task", "n", "loss", "from", "to", "x", "y", "s", "group" > table
        print "point", "t", "task", "example", "label", "predicted", "loss", "p_label"
        own = .3 * rand()
        for (j = 0; j < 3; j++) {
            sum = 0
            for (i = 0; i < 120; i++) {
                l = j == 1 ? height + own + .2 * rand() : 0; sum += l
                printf "%d\t%s\tx\t%d\t%s\tq\t%.17g\t.5\n", j, j / 2, i, i % 3 ? "q" : "r", l
            }
            printf "%d\t%s\tx\t120\t%.17g\t%s\t%s\tnan\tnan\t%s\t\n", j, j / 2, sum / 120, from, to, 3 * j > table
        }
    }' > "$T/$1.each.tsv"
}
# of COLUMN CONDITION [MINUS] [GROUP]: the cells of a table on standard input
of() {
    awk -F '\t' -v name="$1" -v condition="$2" -v minus="${3:-}" -v group="${4:-}" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["condition"] == condition && $at["minus"] == minus && $at["group"] == group { print $at[name] }'
}
near() { awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; exit !(d * d <= 1e-14 * (1 + b * b)) }' || { echo "$1 is not $2"; return 1; }; }

# three FILE: a table of three disjoint pairs with values 1, 2, 6
three() { printf 'from\tto\tl2\na\tb\t1\nc\td\t2\ne\tf\t6\n' > "$T/$1"; }

@test "a table of pairs: mean, interval of Student, nothing of examples; the columns" {
    three p.tsv
    "$B" --over l2 -o "$T/o" "$T/p.tsv"
    [ "$(head -n 1 "$T/o" | tr '\t' ' ')" = "over condition minus task metric group runs runs_minus mean ci_low ci_high p p_holm s_run degrees s_ex confidence" ]
    [ "$(wc -l < "$T/o")" -eq 2 ]
    [ "$(sed -n 2p "$T/o" | cut -f 1-9,12,13,15-17 | tr '\t' ' ')" = "l2 $T/p.tsv     3 nan 3 nan nan 2 nan 0.95" ]
    # variance 7, 4.30265 of 2 degrees; not cut off at 0
    near "$(of s_run "$T/p.tsv" < "$T/o")" 1.527525232
    near "$(of ci_low "$T/p.tsv" < "$T/o")" -3.57241078
    near "$(of ci_high "$T/p.tsv" < "$T/o")" 9.57241078
    "$B" --over l2 --confidence .5 - < "$T/p.tsv" > "$T/o" # 1 / sqrt(1.5)
    near "$(of ci_high "standard input" < "$T/o")" 4.247219129
    # two pairs have a mean alone
    head -n 3 "$T/p.tsv" | "$B" --over l2 x=- > "$T/o"
    [ "$(of mean x < "$T/o") $(of ci_low x < "$T/o") $(of s_run x < "$T/o")" = "1.5 nan nan" ]
}

@test "conditions by name, by column, by file; differences of all, or of those asked for" {
    three p.tsv
    printf 'from\tto\tl2\na\tb\t1\nd\tc\t1\ne\tf\t2\n' > "$T/q.tsv" # the same pairs: differences 0, 1, 4
    printf 'from\tto\tl2\ng\th\t3\ni\tj\t3\nk\tl\t4\n' > "$T/r.tsv"
    "$B" --over l2 "x=$T/p.tsv" "y=$T/q.tsv" "z=$T/r.tsv" > "$T/o"
    [ "$(cut -f 2,3 "$T/o" | sed 1d | tr '\t\n' '- ')" = "x- y- z- x-y x-z y-z " ]
    near "$(of mean x y < "$T/o")" 1.66666667
    near "$(of s_run x y < "$T/o")" 1.20185043
    near "$(of s_run x z < "$T/o")" 1.56347192 # 7/3 and 1/9
    [ "$(of runs x y < "$T/o") $(of runs_minus x y < "$T/o") $(of degrees x y < "$T/o")" = "3 3 2" ]
    # Holm's correction: thrice the least, twice the next
    awk -F '\t' 'NR > 4 { p[++n] = $12; h[n] = $13 } END { for (i = 1; i <= 3; i++) { rank = 1; for (j = 1; j <= 3; j++) rank += p[j] < p[i]
        if (rank == 1 && (h[i] - 3 * p[i]) ^ 2 > 1e-16) exit 1 } exit n != 3 }' "$T/o"
    # the same as one table
    for x in p q r; do awk -F '\t' -v OFS='\t' -v c="$x" 'NR == 1 { $4 = "condition" } NR > 1 { $4 = c } NR > 1 || c == "p"' "$T/$x.tsv"; done > "$T/all.tsv"
    "$B" --over l2 "$T/all.tsv" | sed '2,$s/\tp\t/\tx\t/; s/\tq\t/\ty\t/g; s/\tr\t/\tz\t/' | cmp - "$T/o"
    "$B" --over l2 "w=$T/all.tsv" > "$T/one" 2>&1 && return 1 # all are w then, and a-b is there twice
    grep -q twice "$T/one"
    # chosen differences, in their order and direction, are the family
    "$B" --over l2 --compare q,p --compare q,r "$T/all.tsv" > "$T/o2"
    [ "$(cut -f 2,3 "$T/o2" | sed 1d | tr '\t\n' '- ')" = "p- q- r- q-p q-r " ]
    near "$(of mean q p < "$T/o2")" -1.66666667
    [ "$(of p q p < "$T/o2")" = "$(of p x y < "$T/o")" ]
    awk -F '\t' 'NR > 4 && $13 < $12 { exit 1 } NR > 4 && $13 > 2 * $12 + 1e-9 { exit 1 }' "$T/o2"
    # a file with = in its name
    case "$B" in /*) ;; *) B="$PWD/$B" ;; esac
    cd "$T"
    cp p.tsv a=b.tsv
    [ "$("$B" --over l2 ./a=b.tsv | cut -f 2 | sed -n 2p)" = ./a=b.tsv ]
    [ "$("$B" --over l2 c=a=b.tsv | cut -f 2 | sed -n 2p)" = c ]
}

@test "ends that are shared are left out together, in both conditions" {
    printf 'from\tto\tv\na\tb\t1\na\tc\t2\nb\tc\t6\n' > "$T/p.tsv"
    printf 'from\tto\tv\na\tb\t2\nc\ta\t2\nb\tc\t5\n' > "$T/q.tsv"
    "$B" --over v "x=$T/p.tsv" "y=$T/q.tsv" > "$T/o"
    near "$(of s_run x < "$T/o")" 3.05505046 # left: 6, 2, 1
    near "$(of s_run x y < "$T/o")" 1.15470054 # left: 1, 0, -1
    [ "$(of p x y < "$T/o")" = 1 ] # the mean is 0
    # another end each: one stratum of four
    printf 'from\tto\tv\na\tb\t1\na\td\t4\nb\td\t2\n' > "$T/q.tsv"
    "$B" --over v "x=$T/p.tsv" "y=$T/q.tsv" > "$T/o"
    near "$(of s_run x y < "$T/o")" 4.24264069
    [ "$(of degrees x y < "$T/o")" = 3 ]
    # ends that are not known are like no other
    sed 's/^[abc]\t[bc]/\t/' "$T/p.tsv" > "$T/u.tsv"
    "$B" --over v "x=$T/u.tsv" > "$T/o"
    near "$(of s_run x < "$T/o")" 1.52752523
}

@test "tasks, metrics and groups are kept apart; rows over all paths are passed over" {
    {
        printf 'task\tmetric\tpath\tgroup\tfrom\tto\tn\tv\tcondition\n'
        for c in p q; do
            for g in "" g; do
                k=0
                for e in 'a\tb' 'c\td' 'e\tf'; do k=$((k + 1)); printf "t\tloss\tf$k.tsv\t$g\t$e\t100\t$k\t$c\n"; done
                printf "t\tloss\tall\t$g\t\t\t100\t77\t$c\n"
            done
        done
        printf 'u\tloss\tf.tsv\t\ta\tb\t100\t5\tp\n'
        printf 't\taccuracy\tf.tsv\t\ta\tb\t100\t6\tp\n'
    } > "$T/b.tsv"
    "$B" --over v "$T/b.tsv" > "$T/o"
    [ "$(cut -f 2-7,9 "$T/o" | sed 1d | tr '\t' '/' | paste -sd ' ')" = "p//t/loss//3/2 p//t/loss/g/3/2 p//u/loss//1/5 p//t/accuracy//1/6 q//t/loss//3/2 q//t/loss/g/3/2 p/q/t/loss//3/0 p/q/t/loss/g/3/0" ]
    # a value that is not known leaves its mean unknown, and no other
    awk -F '\t' -v OFS='\t' 'NR == 3 { $8 = "nan" } 1' "$T/b.tsv" > "$T/n.tsv"
    "$B" --over v "$T/n.tsv" > "$T/o"
    [ "$(cut -f 9-12 "$T/o" | sed -n '2p;8p' | tr '\t\n' '  ')" = "nan nan nan nan nan nan nan nan " ]
    [ "$(of mean p "" g < "$T/o") $(of p p q g < "$T/o")" = "2 1" ]
}

@test "tables of mc-eval: the row all to the digit, differences of every example" {
    local each=() tables=() k=0
    for pair in "a b" "a c" "b c"; do
        path "p$k" "$k" $pair
        path "q$k" "$((k + 9))" $pair .5
        each+=(--per-example "$T/p$k.each.tsv")
        tables+=("$T/p$k.tsv")
        k=$((k + 1))
    done
    "$B" "${each[@]}" "${tables[@]}" | tail -n 1 > "$T/all"
    "$B" --over xfit "${each[@]}" "${tables[@]}" > "$T/o"
    [ "$(cut -f 2,4-6 "$T/o" | sed -n 2p)" = "$(printf '\tx\tloss\t')" ]
    [ "$(sed -n 2p "$T/o" | cut -f 9-11)" = "$(cut -f 24,13,14 "$T/all" | awk '{ print $3 "\t" $1 "\t" $2 }')" ]
    [ "$(of s_ex '' < "$T/o")" != nan ]
    # any other number is of these examples alone; and what cannot be negative is not cut off then
    "$B" --over barrier_mid "${each[@]}" "${tables[@]}" > "$T/m"
    [ "$(of mean '' < "$T/m")" = "$(cut -f 11 "$T/all")" ]
    [ "$(of s_ex '' < "$T/m")" = nan ]
    "$B" --over reach_0 --width .5 "${tables[@]}" | of mean '' | awk '$1 > 0 && $1 < .5 { ok = 1 } END { exit !ok }'
    # without examples the height is not known
    "$B" --over xfit "${tables[@]}" > "$T/m"
    [ "$(of mean '' < "$T/m")" = nan ]
    # two conditions
    "$B" --over xfit "${each[@]}" --per-example "$T/q0.each.tsv" --per-example "$T/q1.each.tsv" --per-example "$T/q2.each.tsv" \
        "${tables[@]/#/line=}" "curve=$T/q0.tsv" "curve=$T/q1.tsv" "curve=$T/q2.tsv" > "$T/d"
    diff <(sed -n 2p "$T/d" | cut -f 3-) <(sed -n 2p "$T/o" | cut -f 3-)
    near "$(of mean line curve < "$T/d")" "$(awk -v a="$(of mean line < "$T/d")" -v b="$(of mean curve < "$T/d")" 'BEGIN { printf "%.9g", a - b }')"
    # what an example adds to both halves is not the same here: both draw their own, of variance .04 / 12
    of s_ex line curve < "$T/d" | awk '{ s = sqrt(2 * .04 / 12 / 3 / 120); exit !($1 > .7 * s && $1 < 1.3 * s) }'
    # the same through a table of mc-barrier, but for the examples
    "$B" "${each[@]}" "${tables[@]}" > "$T/b.tsv"
    "$B" --over xfit "x=$T/b.tsv" > "$T/m"
    near "$(of s_run x < "$T/m")" "$(of s_run '' < "$T/o")"
    [ "$(of runs x < "$T/m") $(of s_ex x < "$T/m")" = "3 nan" ]
}

@test "refused with a line that says what and where" {
    three p.tsv
    fails 1 p.tsv "no column 'rms'" "there are l2" -- "$B" --over rms "$T/p.tsv"
    fails 1 p.tsv 'column from' names -- "$B" --over from "$T/p.tsv"
    sed 's/l2/verdict/; s/6$/barrier/' "$T/p.tsv" > "$T/bad.tsv"
    fails 1 bad.tsv 'line 4' verdict barrier -- "$B" --over verdict "$T/bad.tsv"
    for x in '' inf 1e999 0x1; do
        sed "s/\t6$/\t$x/" "$T/p.tsv" > "$T/bad.tsv"
        fails 1 bad.tsv 'line 4' 'no number' -- "$B" --over l2 "$T/bad.tsv"
    done
    for c in from to; do
        sed "1s/\b$c\b/other/" "$T/p.tsv" > "$T/bad.tsv"
        fails 1 bad.tsv "no column '$c'" -- "$B" --over l2 "$T/bad.tsv"
    done
    { cat "$T/p.tsv"; printf 'd\tc\t4\n'; } > "$T/bad.tsv"
    fails 1 'bad.tsv: line 5' twice 'bad.tsv: line 3' -- "$B" --over l2 "$T/bad.tsv"
    fails 1 'q.tsv: line 2' twice 'p.tsv: line 2' -- "$B" --over l2 "x=$T/p.tsv" "x=$(cp "$T/p.tsv" "$T/q.tsv"; echo "$T/q.tsv")"
    head -n 1 "$T/p.tsv" > "$T/bad.tsv"
    fails 1 bad.tsv 'no row of a pair' -- "$B" --over l2 "$T/bad.tsv"
    printf 'from\tto\tl2\tpath\n\t\t1\tall\n' > "$T/bad.tsv"
    fails 1 bad.tsv 'no row of a pair' -- "$B" --over l2 "$T/bad.tsv"
    # of mc-eval
    path e 1 a b
    fails 1 e.tsv "no numbers in a column 'verdict'" 'there are points, loss_0' -- "$B" --over verdict "$T/e.tsv"
    fails 1 p.tsv 'row a pair' e.tsv -- "$B" --over l2 "$T/p.tsv" "$T/e.tsv"
    fails 1 e.tsv 'row a pair' -- "$B" --over xfit "$T/e.tsv" "$T/p.tsv"
    fails 1 p.tsv per-example -- "$B" --over l2 --per-example "$T/e.each.tsv" "$T/p.tsv"
    # what chooses a row of mc-barrier chooses none of a table that has rows
    fails 1 p.tsv --metric mc-eval -- "$B" --over l2 --metric accuracy "$T/p.tsv"
    fails 1 p.tsv --width mc-eval -- "$B" --over l2 --width 1 "$T/p.tsv"
    cut -f 2- "$T/e.tsv" > "$T/bad.tsv" # without `point` it has a row a pair, the same one
    fails 1 bad.tsv 'line 3' twice -- "$B" --over loss "$T/bad.tsv"
    fails 1 e.tsv twice -- "$B" --over loss_max "$T/e.tsv" "x=$T/e.tsv" "x=$T/e.tsv"
    # other examples
    path f 2 c d
    sed 's/\t120\t/\t119\t/' "$T/f.tsv" > "$T/fewer.tsv"
    fails 1 e.tsv fewer.tsv 'other examples' -- "$B" --over loss_max "x=$T/e.tsv" "y=$T/fewer.tsv"
    sed 's/\t119\t/\t120\t/' "$T/f.each.tsv" > "$T/other.each.tsv"
    fails 1 e.tsv f.tsv 'other examples' 'number 119' -- "$B" --over xfit --per-example "$T/e.each.tsv" --per-example "$T/other.each.tsv" "x=$T/e.tsv" "y=$T/f.tsv"
    printf 'task\tmetric\tfrom\tto\tn\tv\tcondition\nt\tloss\ta\tb\t100\t1\tp\nt\tloss\ta\tb\t99\t1\tq\n' > "$T/bad.tsv"
    fails 1 'bad.tsv: line 3' 'other examples' 'line 2' -- "$B" --over v "$T/bad.tsv"
    # the command line
    fails 2 "'=$T/p.tsv' names no condition" -- "$B" --over l2 "=$T/p.tsv"
    fails 2 "'x=' names no file" -- "$B" --over l2 x=
    fails 1 nofile.tsv -- "$B" --over l2 x=nofile.tsv
    fails 1 "x=$T/p.tsv" -- "$B" "x=$T/p.tsv" # conditions are of --over
    fails 2 --compare --over -- "$B" --compare a,b "$T/e.tsv"
    fails 1 "no condition 'z'" 'there are x, y' -- "$B" --over l2 --compare x,z "x=$T/p.tsv" "y=$T/p.tsv"
    for c in x x,y,z x,x , ''; do fails 2 --compare -- "$B" --over l2 --compare "$c" "x=$T/p.tsv" "y=$T/p.tsv"; done
    # a difference counts once in Holm's correction
    for c in x,y y,x; do fails 2 --compare "'x' and 'y' are given twice" -- "$B" --over l2 --compare x,y --compare "$c" "x=$T/p.tsv" "y=$T/p.tsv"; done
    fails 2 'standard input' -- "$B" --over l2 x=- y=-
    # lines of another system, a name that two columns have
    sed 's/$/\r/' "$T/p.tsv" > "$T/bad.tsv"
    fails 1 bad.tsv 'CR LF' -- "$B" --over l2 "$T/bad.tsv"
    sed '1s/$/\tl2/; 2,$s/$/\t7/' "$T/p.tsv" > "$T/bad.tsv"
    fails 1 bad.tsv "column 'l2' is there twice" -- "$B" --over l2 "$T/bad.tsv"
}

@test "a model paired with itself, an end without a name" {
    three p.tsv
    printf 'h\th\t0\n' >> "$T/p.tsv"
    fails 1 'p.tsv: line 5: both ends are one model, unlike those in' 'p.tsv: line 2' -- "$B" --over l2 "$T/p.tsv"
    { sed -n '1p;5p' "$T/p.tsv"; sed -n 2,4p "$T/p.tsv"; } > "$T/turned.tsv"
    fails 1 'turned.tsv: line 2: both ends are one model' -- "$B" --over l2 "$T/turned.tsv"
    # in another condition, task or group they are among their own, as random directions are
    awk -F '\t' -v OFS='\t' 'NR == 1 { print $0, "group"; next } { print $0, "g" }' "$T/p.tsv" | sed 's/h\th\t0\tg/h\th\t0\tother/' > "$T/q.tsv"
    "$B" --over l2 "x=$T/q.tsv" > "$T/o"
    [ "$(of runs x '' other < "$T/o")" = 1 ]
    printf 'from\tto\tl2\na\ta\t1\nb\tb\t2\nc\tc\t6\n' > "$T/self.tsv"
    three pairs.tsv
    "$B" --over l2 "x=$T/self.tsv" "y=$T/pairs.tsv" > "$T/o"
    for k in mean s_run degrees ci_high; do near "$(of $k x < "$T/o")" "$(of $k y < "$T/o")"; done
    # of paths too
    for k in 1 2 3; do path e$k $k a$k b$k; done
    path same 4 a1 a1
    fails 1 'same.tsv: both ends are one model' e1.tsv -- "$B" --over mean_t "$T"/e?.tsv "$T/same.tsv"
    path same2 5 a2 a2
    "$B" --over mean_t "x=$T/same.tsv" "x=$T/same2.tsv" > "$T/o"
    # one end named, the other not
    printf 'from\tto\tl2\na\tb\t1\nc\t\t2\n' > "$T/bad.tsv"
    fails 1 'bad.tsv: line 3: column to names no end, from does' -- "$B" --over l2 "$T/bad.tsv"
    path half 6 '' b9
    fails 1 'half.tsv: column from names no end, to does' -- "$B" --over mean_t "x=$T/half.tsv"
}

@test "a table cut at any byte, /dev/full; no name forges a row" {
    three p.tsv
    size=$(stat -c %s "$T/p.tsv")
    for ((k = 0; k < size; k++)); do
        head -c "$k" "$T/p.tsv" > "$T/cut.tsv"
        if [ "$k" -gt 0 ] && [ "$(tail -c 1 "$T/cut.tsv" | wc -l)" -eq 1 ] && [ "$(wc -l < "$T/cut.tsv")" -gt 1 ]; then
            "$B" --over l2 "$T/cut.tsv" > "$T/o" # fewer rows are a table too
        else
            fails 1 cut.tsv -- "$B" --over l2 "$T/cut.tsv"
        fi
    done
    fails 1 /dev/full -- "$B" --over l2 -o /dev/full "$T/p.tsv"
    printf 'from\tto\tl2\tcondition\na\tb\t1\tx\x1b[2J\x9b\n' > "$T/p.tsv"
    "$B" --over l2 "$T/p.tsv" | sed -n 2p | cut -f 2 | grep -qxF 'x\u001b[2J\u009b'
    local n=$'a\tb\nc'
    cp "$T/p.tsv" "$T/p2.tsv"
    "$B" --over l2 "$n=$T/p2.tsv" | sed -n 2p | cut -f 2 | grep -qxF 'a\tb\nc'
}

@test "over a thousand conditions are compared where they are named" {
    awk -v OFS='\t' 'BEGIN { print "condition", "from", "to", "v"; for (k = 0; k <= 1000; k++) for (i = 0; i < 3; i++) print "c" k, "a" i, "b" i, k + i * i }' > "$T/p.tsv"
    fails 1 '1001 conditions' --compare -- "$B" --over v "$T/p.tsv"
    "$B" --over v --compare c1000,c0 "$T/p.tsv" > "$T/o"
    [ "$(wc -l < "$T/o")" -eq 1003 ]
    [ "$(of mean c1000 c0 < "$T/o")" = 1000 ]
}

@test "many pairs at once" {
    awk -v OFS='\t' 'BEGIN { print "from", "to", "v"; for (i = 0; i < 6000; i++) print "a" i, "a" (i + 1), i % 2 }' > "$T/p.tsv"
    "$B" --over v "x=$T/p.tsv" > "$T/o"
    [ "$(of mean x < "$T/o") $(of degrees x < "$T/o")" = "0.5 6000" ]
}
