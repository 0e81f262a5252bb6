#!/usr/bin/env bats
# What a file more adds (tests/rows): a path kind that mc-interp takes, a metric that mc-eval, mc-barrier and the plots take, a program
# that make builds; no other file knows them.
load common

setup_file() { fixture; }
setup() { T="$BATS_TEST_TMPDIR" R="$(dirname "$B")/tests/rows"; }

@test "a path kind: its option, its points, what it tells of itself" {
    local p=("$R/mc-interp" --kind parabola -n 5)
    "$R/mc-interp" --help | grep -q '^  --kind line|parabola|fan '
    "$R/mc-interp" --help | grep -q '^  --height X '
    "${p[@]}" "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$B/mc-interp" --at 0,0.4375,0.75,0.9375,1 "$F/a.st.gz" "$F/b.st.gz" > "$T/line"
    [ "$(digests "$T/p")" = "$(digests "$T/line")" ]
    "$B/mc-pick" t=0.5 < "$T/p" > "$T/half"
    [[ "$(meta "$T/half" mc.curve)" == '{"kind":"parabola","height":0.25,"index":2,"count":5,"from":"'* ]]
    [[ "$(meta "$T/half" mc.provenance)" == *" kind=parabola space=factor height=0.25 n=5 "* ]]
    "$R/mc-interp" --kind parabola --height .4 --at .5 "$F/a.st.gz" "$F/b.st.gz" > "$T/high"
    [[ "$(meta "$T/high" mc.curve)" == *'"height":0.4,'* ]]
    [ "$(digests "$T/high")" != "$(digests "$T/half")" ]
    # lines are what they were
    "$R/mc-interp" -n 3 "$F/a.st.gz" "$F/b.st.gz" | cmp - <("$B/mc-interp" -n 3 "$F/a.st.gz" "$F/b.st.gz")
}

@test "a path kind: wrong use, and too few ends" {
    local p=("$R/mc-interp" -o "$T/x")
    fails 2 "--height is for --kind parabola" -- "${p[@]}" --height 1 "$F/a.st.gz" "$F/b.st.gz"
    fails 2 "--kind parabola has no --space product" -- "${p[@]}" --kind parabola --space product "$F/a.st.gz" "$F/b.st.gz"
    fails 2 --height -- "${p[@]}" --kind parabola --height 11 "$F/a.st.gz" "$F/b.st.gz"
    fails 1 "a parabola needs two models, 1 given" -- "${p[@]}" --kind parabola "$F/a.st.gz"
    fails 1 "a parabola has two ends" -- "${p[@]}" --kind parabola "$F/a.st.gz" "$F/b.st.gz" "$F/a.st.gz"
    fails 2 parabola -- "$B/mc-interp" --kind parabola "$F/a.st.gz" "$F/b.st.gz"
    [ ! -e "$T/x" ]
}

@test "a path kind: weights alone, three ends, two axes" {
    local m=("$F/a.st.gz" "$F/b.st.gz" "$F/b.st.gz")
    fails 2 "--at is not for --kind fan" -- "$R/mc-interp" --kind fan --at 0 -o "$T/x" "${m[@]}"
    fails 2 "--by is not for --kind fan" -- "$R/mc-interp" --kind fan --by layer -o "$T/x" "${m[@]}"
    fails 1 "a fan needs three models, 2 given" -- "$R/mc-interp" --kind fan -o "$T/x" "$F/a.st.gz" "$F/b.st.gz"
    fails 1 "a fan has three ends" -- "$R/mc-interp" --kind fan -o "$T/x" "${m[@]}" "$F/a.st.gz"
    "$R/mc-interp" --kind fan "${m[@]}" > "$T/p" # 3 x 3 points, as the row says
    [ "$(digests "$T/p" | awk 'NR % 3 == 1' | sort -u)" = "$(digests "$F/a.st.gz")" ] # x = 0
    [ "$(digests "$T/p" | sed -n 3p)" = "$(digests "$F/b.st.gz")" ]
    [ "$(digests "$T/p" | wc -l)" -eq 9 ]
    "$B/mc-pick" 4 < "$T/p" > "$T/half"
    [[ "$(meta "$T/half" mc.curve)" == *'"index":4,"count":9,'*'"x":0.5,"y":0.5}' ]]
    [ "$(meta "$T/half" mc.t)" = absent ]
}

@test "a path kind: its groups move alone, its length is that of its chords" {
    "$R/mc-interp" --kind parabola --by layer -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$B/mc-dist" "$F/a.st.gz" "$F/b.st.gz" > "$T/d"
    [ "$(digests "$T/p" | wc -l)" -eq 15 ] # embeddings, two layers, pooler, head
    "$B/mc-pick" 5 < "$T/p" > "$T/end"     # the whole way of the first layer
    [[ "$(meta "$T/end" mc.curve)" == *'"group":"layer.0",'* ]]
    # out to 3/4 and on to the end, one way
    near "$(meta "$T/end" mc.curve | grep -o '"s":[^,}]*' | cut -d : -f 2)" "$(awk '$3 == "layer.0" { print $5 }' "$T/d")" 1e-6
}

@test "a path kind: its points are evaluated and judged" {
    "$R/mc-interp" --kind parabola -n 5 "$F/a.st.gz" "$F/b.st.gz" | "$B/mc-eval" --per-example "$T/each" "$F/dev.tok.gz" > "$T/t"
    "$B/mc-interp" --at 0,0.4375,0.75,0.9375,1 "$F/a.st.gz" "$F/b.st.gz" | "$B/mc-eval" "$F/dev.tok.gz" > "$T/line"
    [ "$(cut -f 5-10 "$T/t")" = "$(cut -f 5-10 "$T/line")" ]
    [ "$(cut -f 2 "$T/t" | tr '\n' ' ')" = "t 0 0.25 0.5 0.75 1 " ]
    "$B/mc-barrier" -q --per-example "$T/each" "$T/t" > "$T/bar"
    [ "$(cell "$T/bar" points 2)" = 5 ]
    [ "$(cell "$T/bar" loss_0 2)" = "$(cell "$T/t" loss 2)" ]
    [ "$(cell "$T/bar" verdict 2)" = undecided ] # 60 examples
}

@test "a metric: a last column of both tables, the other cells as they were" {
    "$B/mc-interp" -n 3 "$F/a.st.gz" "$F/b.st.gz" > "$T/p"
    "$B/mc-eval" --per-example "$T/each" "$F/dev.tok.gz" < "$T/p" > "$T/t"
    "$R/mc-eval" --per-example "$T/each2" "$F/dev.tok.gz" < "$T/p" > "$T/t2"
    for w in t each; do
        [ "$(head -n 1 "$T/${w}2")" = "$(head -n 1 "$T/$w")	doubt" ]
        cut -f "1-$(head -n 1 "$T/$w" | wc -w)" "$T/${w}2" | cmp - "$T/$w"
    done
    local mean
    mean=$(awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } $at["point"] == 1 { s += 1 - $at["p_label"]; n++ } END { print s / n }' "$T/each")
    near "$(cell "$T/t2" doubt 3)" "$mean" 1e-5
    near "$(awk -F '\t' '$1 == 1 { s += $NF; n++ } END { print s / n }' "$T/each2")" "$mean" 1e-5
}

@test "a metric: mc-barrier and the plot take it" {
    "$B/mc-interp" -n 5 "$F/a.st.gz" "$F/b.st.gz" | "$R/mc-eval" --per-example "$T/each" "$F/dev.tok.gz" > "$T/t"
    "$R/mc-barrier" -q --metric doubt --per-example "$T/each" "$T/t" > "$T/bar"
    [ "$(cell "$T/bar" metric 2)" = doubt ]
    [ "$(cell "$T/bar" loss_1 2)" = "$(cell "$T/t" doubt 6)" ] # less is better: L is the column
    [ "$(cell "$T/bar" ci_high 2)" != nan ]
    "$R/mc-barrier" -q "$T/t" | cmp - <("$B/mc-barrier" -q "$T/t") # a column that it does not know is nothing to it
    fails 2 doubt -- "$B/mc-barrier" --metric doubt "$T/t"
    sed 's/\tdoubt$/\tdouble/' "$T/t" > "$T/other"
    fails 1 "no column 'doubt'" -- "$R/mc-barrier" --metric doubt "$T/other"
    command -v gnuplot > /dev/null || skip "gnuplot is not there"
    LC_ALL=C.UTF-8 gnuplot -c plots/path.gp "$T/p.svg" --metric doubt "$T/t,$T/each:one" "$T/t:other"
    grep -q '>doubt<' "$T/p.svg"
    local band
    band=$(awk -v metric=loss,doubt -f plots/student.awk -f plots/path.awk "$T/t" "$T/each" | awk -F '\t' 'NR == 2 { print ($5 - $6 > 0 && $7 - $5 > 0) }')
    [ "$band" = 1 ] # of one standard error over examples
}

# A tree like this one with tests/rows/mc-norm.c among its programs, in $T/tree: what is built already is a copy, so that make has that
# file alone to compile, and completion to make anew. $N: the folder of its programs.
tree_with_tool() {
    local build f
    build=$(realpath --relative-to="$TOP" "$(dirname "$BIN")")
    N="$T/tree/$build/bin"
    mkdir -p "$T/tree/tests" "$N"
    for f in Makefile lib include pipelines plots docs; do ln -s "$TOP/$f" "$T/tree/$f"; done
    for f in rows analyze; do ln -s "$TOP/tests/$f" "$T/tree/tests/$f"; done
    cp -a "$TOP/tools" "$TOP/README.md" "$T/tree"
    cp -a "$TOP/tests/cli" "$T/tree/tests"
    cp "$R/mc-norm.c" "$T/tree/tools"
    for f in flags libmc.a lib tools options man completion; do cp -a "$TOP/$build/$f" "$T/tree/$build"; done
    cp -a "$BIN"/mc* "$N"
    make -C "$T/tree" --no-print-directory all > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(grep -v '^make' "$T/said" | tr -s ' ' | tr '\n' ';')" = "CC tools/mc-norm.c;LD $build/bin/mc-norm;TABLE $build/completion/mctools.bash;TABLE $build/completion/_mctools;" ] || { cat "$T/said"; return 1; }
}
@test "a program: one file that make builds; its help, wrong use, a full disk, and what it computes" {
    R="$TOP/tests/rows"
    tree_with_tool
    B="$N" usual mc-norm --scale
    "$N/mc-norm" --help | grep -q '^usage: mc-norm '
    fails 2 --scale -- "$N/mc-norm" --scale x
    fails 1 empty -- "$N/mc-norm" /dev/null
    no_room "'$N/mc-norm' '$F/a.st.gz'"
    keeps_old "'$N/mc-norm' '$F/train.tok.gz'"
    cat "$F/a.st.gz" "$F/b.st.gz" | "$N/mc-norm" > "$T/norms"
    [ "$(cut -f 1 "$T/norms" | tr '\n' ' ')" = "index 0 1 " ]
    for f in a b; do
        gzip -dc "$F/$f.st.gz" | python3 -c '
import array, math, struct, sys
n, = struct.unpack("<Q", sys.stdin.buffer.read(8))
sys.stdin.buffer.read(n)
print(math.sqrt(math.fsum(x * x for x in array.array("f", sys.stdin.buffer.read()))))' > "$T/want"
        near "$(cell "$T/norms" norm $([ $f = a ] && echo 2 || echo 3))" "$(cat "$T/want")" 1e-5
        near "$("$N/mc-norm" --scale -2 "$F/$f.st.gz" | awk -F '\t' 'NR == 2 { print -$2 / 2 }')" "$(cat "$T/want")" 1e-5
    done
    # the suite asks for its row in README.md and its test
    rows() { BIN="$N" TOP="$T/tree" bats --tap -f 'every program has a row|--help names every option' "$T/tree/tests/cli/all.bats"; }
    run rows
    [ "$status" -ne 0 ]
    [[ "$output" == *"README.md lacks mc-norm"* ]]
    sed -i 's/^| `mc-info` .*/&\n| `mc-norm` | L2 norm of every model of a stream |/' "$T/tree/README.md"
    rm "$T/tree/tests/cli/rows.bats" # it names mc-norm
    run rows
    [ "$status" -ne 0 ]
    [[ "$output" == *"no test of mc-norm"* ]]
    echo '# mc-norm' > "$T/tree/tests/cli/mc-norm.bats"
    run rows
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
}
