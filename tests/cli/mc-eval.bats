#!/usr/bin/env bats
# mc-eval: the table, the values of every example, and what must not be evaluated.
load common

setup_file() {
    fixture
    "$B/mc-interp" -n 3 -o "$F/path.st.gz" "$F/a.st.gz" "$F/b.st.gz"
}
setup() { T="$BATS_TEST_TMPDIR"; E="$B/mc-eval"; }

@test "usual duties" {
    usual mc-eval --per-example --calibrate --after --examples --decode --max-new --outputs --precision --base
    no_room "'$E' '$F/dev.tok.gz' < '$F/a.st.gz'"
    keeps_old "'$E' '$F/dev.tok.gz' < '$F/dev.tok.gz'"
    fails 1 /dev/full -- line "'$E' -o '$T/x' --per-example /dev/full '$F/dev.tok.gz' < '$F/a.st.gz'"
    [ ! -e "$T/x" ]
}

@test "bad usage exits 2, before any model is read" {
    fails 2 -- "$E"
    for o in "--examples 0" "--examples x" "--precision f16" "--decode beam" "--max-new 0" "--per-example x --outputs x"; do fails 2 -- "$E" $o "$F/dev.tok.gz"; done
    fails 2 x -- "$E" "x=$F/dev.tok.gz" "x=$F/train.tok.gz"
    fails 2 mood -- "$E" "$F/dev.tok.gz" "$F/train.tok.gz"
    fails 2 task -- "$E" "=$F/dev.tok.gz"
    fails 2 file -- "$E" "x="
}

@test "columns, rows and names" {
    "$E" "$F/dev.tok.gz" "other=$F/train.tok.gz" < "$F/path.st.gz" > "$T/t"
    [ "$(head -n 1 "$T/t")" = "$(printf 'point\tt\ttask\tn\tloss\taccuracy\tf1_macro\tmcc\tfrom\tto\tstep\texact_match\ttoken_f1\tpearson\tspearman\tx\ty\ts\tgroup\ttemperature\tloss_cal\tjs_0')" ]
    [ "$(cut -f 1-4 "$T/t" | sed 1d | tr '\t\n' ' ;')" = "0 0 mood 60;0 0 other 96;1 0.5 mood 60;1 0.5 other 96;2 1 mood 60;2 1 other 96;" ]
    [ "$(sed -n 2p "$T/t" | cut -f 9-11)" = "$(printf '%s\t%s\tnan' "$(digests "$F/a.st.gz")" "$(digests "$F/b.st.gz")")" ]
    "$E" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/u"
    [ "$(sed -n 2p "$T/u" | cut -f 2)" = nan ]
    [ "$(sed -n 2p "$T/u" | cut -f 9-11)" = "$(printf '\t\tnan')" ]
    [ "$(sed -n 2p "$T/u" | cut -f 5-8)" = "$(sed -n 2p "$T/t" | cut -f 5-8)" ]
    # without a task of its own a set is called by its file
    "$B/mc-tokenize" -t "$F/lang" -o "$T/my.dev.tok.gz" "$F/dev.tsv"
    "$E" "$T/my.dev.tok.gz" < "$F/a.st.gz" | cut -f 3 | sed -n 2p | grep -qx my
}

@test "the values of every example agree with the table" {
    "$E" --per-example "$T/each" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/t"
    [ "$(head -n 1 "$T/each")" = "$(printf 'point\tt\ttask\texample\tlabel\tpredicted\tloss\tp_label\texact_match\ttoken_f1\tscore\ttarget\tloss_cal')" ]
    awk -F '\t' 'FNR == 1 { next }
        NR == FNR { n[$1]++; loss[$1] += $7; right[$1] += $5 == $6; if (exp(-$7) - $8 > 1e-6 || $8 - exp(-$7) > 1e-6) bad = 1; next }
        { rows++; d = loss[$1] / n[$1] - $5; if (n[$1] != $4 || d > 1e-6 || d < -1e-6 || right[$1] / n[$1] - $6 > 1e-6) bad = 1 }
        END { exit bad || rows != 3 }' "$T/each" "$T/t"
    [ "$(sed 1d "$T/each" | cut -f 4 | head -n 60 | tr '\n' ' ')" = "$(seq 0 59 | tr '\n' ' ')" ]
    [ "$(sed 1d "$T/each" | cut -f 5 | head -n 60)" = "$(cut -f 2 "$F/dev.tsv")" ]
}

@test "--examples: subsets nest and keep their values" {
    "$E" --per-example "$T/all" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    for n in 10 30; do
        "$E" --examples $n --per-example "$T/each$n" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t$n"
        [ "$(sed -n 2p "$T/t$n" | cut -f 4)" -eq $n ]
        sed 1d "$T/each$n" | cut -f 4 | sort > "$T/n$n"
        [ "$(sort -u "$T/n$n" | wc -l)" -eq $n ]
    done
    [ -z "$(comm -23 "$T/n10" "$T/n30")" ]
    "$E" --examples 1000 "$F/dev.tok.gz" < "$F/a.st.gz" | cmp - "$T/t"
}

@test "--after: the examples that an earlier run has left" {
    for p in "0 20 first" "20 45 second" "45 60 third"; do
        set -- $p
        "$E" --examples "$2" --after "$1" --per-example "$T/$3" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
        [ "$(sed -n 2p "$T/t" | cut -f 4)" -eq $(($2 - $1)) ]
    done
    "$E" --per-example "$T/all" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    diff <(sed 1d "$T/all" | sort) <(sed -s 1d "$T/first" "$T/second" "$T/third" | sort)
    "$E" --after 45 --per-example "$T/rest" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    cmp "$T/rest" "$T/third"
    fails 2 after -- line "'$E' --examples 20 --after 20 '$F/dev.tok.gz' < '$F/a.st.gz'"
    fails 1 dev.tok.gz 'no examples are left of 60' -- line "'$E' --after 60 '$F/dev.tok.gz' < '$F/a.st.gz'"
}

@test "--calibrate: the loss at the best temperature, which knows no scale of the logits" {
    column() { awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$2"; }
    "$E" --calibrate --per-example "$T/each" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/t"
    "$E" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/plain"
    cmp <(cut -f 1-19,22- "$T/t") <(cut -f 1-19,22- "$T/plain")
    [ "$(column loss_cal "$T/plain" | sort -u)" = nan ]
    paste <(column loss "$T/t") <(column loss_cal "$T/t") <(column temperature "$T/t") | awk '!($2 <= $1 + 1e-9 && $2 > 0 && $3 > 0) { exit 1 }'
    awk -F '\t' 'FNR == 1 { next } { sum[$1] += $13; n[$1]++ } END { for (k in n) printf "%d %.9g\n", k, sum[k] / n[k] }' "$T/each" | sort |
        paste - <(column loss_cal "$T/t") | awk '{ d = $2 - $3; if (d > 1e-7 || d < -1e-7) exit 1 }'
    # labels turned around: no temperature helps a model that is wrong
    awk -F '\t' -v OFS='\t' '{ $2 = $2 == "negative" ? "positive" : "negative" } 1' "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" -o "$T/turned.tok.gz"
    "$E" --calibrate "$T/turned.tok.gz" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    paste <(column temperature "$T/t") <(column accuracy "$T/t") <(column loss_cal "$T/t") | awk '
        $2 < .4 && ($1 != "inf" || ($3 - log(2)) ^ 2 > 1e-12) { exit 1 }'
    # without labels there is nothing to fit
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --no-label -o "$T/text.tok.gz"
    "$E" --calibrate "$T/text.tok.gz" < "$F/a.st.gz" > "$T/t"
    [ "$(column temperature "$T/t")" = nan ]
}

@test "js_0: how far the answers are from those at the first point, without labels too" {
    column() { awk -F '\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } { print $c }' "$2"; }
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -q -t "$F/lang" --no-label -o "$T/text.tok.gz"
    "$E" "$F/dev.tok.gz" "text=$T/text.tok.gz" < "$F/path.st.gz" > "$T/t"
    column js_0 "$T/t" > "$T/js"
    awk 'NR <= 2 && $1 != 0 || NR > 2 && !($1 > 0 && $1 < log(2)) || NR % 2 == 0 && $1 != before { exit 1 } { before = $1 }' "$T/js"
    [ "$(wc -l < "$T/js")" -eq 6 ]
    # a path begins anew where another one does; a model of no path has none
    "$B/mc-interp" -q -n 3 -o "$T/back.st.gz" "$F/b.st.gz" "$F/a.st.gz"
    cat "$F/path.st.gz" "$F/a.st.gz" "$T/back.st.gz" | "$E" "$F/dev.tok.gz" > "$T/t"
    [ "$(column js_0 "$T/t" | awk '{ print $1 == "nan" ? "nan" : $1 == 0 ? 0 : "more" }' | paste -sd ' ')" = "0 more more nan 0 more more" ]
    # by hand, from what each example says of its label: two classes
    "$E" --per-example "$T/each" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/t"
    awk -F '\t' 'function kl(p, m) { return p > 0 ? p * log(p / m) : 0 }
        NR > 1 && $1 == 0 { p[$4] = $8 }
        NR > 1 && $1 == 2 { a = p[$4]; b = $8; m = (a + b) / 2; sum += (kl(a, m) + kl(1 - a, 1 - m) + kl(b, m) + kl(1 - b, 1 - m)) / 2; n++ }
        END { printf "%.9g\n", sum / n }' "$T/each" > "$T/want"
    paste "$T/want" <(column js_0 "$T/t" | tail -n 1) | awk '{ d = $1 - $2; exit d > 1e-7 || d < -1e-7 }'
}

@test "text without labels" {
    cut -f 1 "$F/dev.tsv" | "$B/mc-tokenize" -t "$F/lang" --no-label --task mood > "$T/un.tok"
    "$E" --per-example "$T/each" "$T/un.tok" < "$F/a.st.gz" > "$T/t"
    [ "$(sed -n 2p "$T/t" | cut -f 3-8 | tr '\t' ' ')" = "mood 60 nan nan nan nan" ]
    [ "$(sed 1d "$T/each" | awk -F '\t' '$5 == "" && $6 ~ /^(negative|positive)$/ && $7 == "nan" && $8 == "nan"' | wc -l)" -eq 60 ]
    "$E" --per-example "$T/lab" "$F/dev.tok.gz" < "$F/a.st.gz" > "$T/t"
    cmp <(cut -f 6 "$T/each") <(cut -f 6 "$T/lab")
}

@test "labels by name" {
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels yes,no -o "$T/m"
    fails 1 mood "'negative'" -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/m'"
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels LABEL_0,LABEL_1 -o "$T/m"
    fails 1 mood "no names" --labels -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/m'"
    fails 1 head -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$F/base.st.gz'"
    # a model with more labels than the set
    "$B/mc-init" "$F/config.json" -t "$F/lang" --labels positive,other,negative -o "$T/m"
    "$E" "$F/dev.tok.gz" < "$T/m" > "$T/t"
    [ "$(sed -n 2p "$T/t" | cut -f 4)" -eq 60 ]
}

@test "another tokenizer, too long, an id too large" {
    sed 's/"max_position_embeddings": 64/"max_position_embeddings": 5/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/m"
    fails 1 mood "line " tokens 5 -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/m'"
    sed 's/"vocab_size": [0-9]*/"vocab_size": 20/' "$F/config.json" > "$T/c.json"
    "$B/mc-init" "$T/c.json" --labels negative,positive -o "$T/m"
    fails 1 mood "line " "id " 20 -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/m'"
    printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' a > "$T/vocab.txt"
    printf 'a\tnegative\nb\tpositive\n' | "$B/mc-tokenize" -t "$T" > "$T/tok"
    fails 1 tokenizer -- line "'$E' -o '$T/x' '$T/tok' < '$F/a.st.gz'"
    [ ! -e "$T/x" ]
}

@test "streams that are none, dead upstreams" {
    fails 1 "standard input" empty -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < /dev/null"
    fails 1 -- line "false | '$E' -o '$T/x' '$F/dev.tok.gz'"
    fails 1 "standard input" tokens -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$F/dev.tok.gz'"
    fails 1 a.st.gz model -- line "'$E' -o '$T/x' '$F/a.st.gz' < '$F/a.st.gz'"
    for k in 1 62 63 400; do
        fails 1 "standard input" -- line "head -c -$k '$F/path.st.gz' | '$E' -o '$T/x' --per-example '$T/y' '$F/dev.tok.gz'"
    done
    cut_off "$F/dev.tok.gz" 62 "$T/cut"
    fails 1 "$T/cut" byte -- line "'$E' -o '$T/x' '$T/cut' < '$F/a.st.gz'"
    # no points in the stream
    line "'$B/mc-pick' 0 < '$F/a.st.gz' | head -c 0 | '$E' '$F/dev.tok.gz'" && false
    # a writer that is killed half-way
    mkfifo "$T/p"
    { head -c 3000 "$F/a.st.gz"; sleep 30; } > "$T/p" 3>&- &
    local w=$!
    { sleep .3; kill -9 $w; } 3>&- &
    fails 1 "standard input" -- line "'$E' -o '$T/x' '$F/dev.tok.gz' < '$T/p'"
    [ ! -e "$T/x" ]
    [ ! -e "$T/y" ]
}

@test "same bytes for any number of threads" {
    local p n
    for p in f32 bf16; do
        e() { "$E" --precision $p --threads "$1" --per-example "$2" "$F/dev.tok.gz" "x=$F/train.tok.gz" < "$F/path.st.gz"; }
        e 1 "$T/e1" > "$T/t1"
        for n in 2 4; do
            e $n "$T/e" | cmp - "$T/t1"
            cmp "$T/e" "$T/e1"
        done
    done
}

@test "--precision bf16: other numbers, near those of f32" {
    "$E" "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/f32"
    "$E" --precision bf16 "$F/dev.tok.gz" < "$F/path.st.gz" > "$T/bf16"
    cmp -s "$T/f32" "$T/bf16" && false
    paste "$T/f32" "$T/bf16" | sed 1d | awk -F '\t' '
        { d = $5 - $(NF / 2 + 5); if (d < 0) d = -d; if (!(d <= 1e-2 * $5) || d == 0 || $4 != $(NF / 2 + 4)) bad = 1; n++ }
        END { exit bad || n != 3 }'
    # without a library that multiplies bfloat16 the products are the same
    MC_GEMM=openblas "$E" --precision bf16 "$F/dev.tok.gz" < "$F/path.st.gz" | paste "$T/bf16" - | sed 1d | awk -F '\t' '
        { d = $5 - $(NF / 2 + 5); if (d < 0) d = -d; if (!(d <= 1e-3 * $5)) bad = 1; n++ }
        END { exit bad || n != 3 }'
}

@test "the values of the examples are there when the table ends" {
    for i in 1 2 3; do
        rm -f "$T/each"
        line "'$E' --per-example '$T/each' '$F/dev.tok.gz' < '$F/path.st.gz' | { cat > /dev/null; ls '$T/each'; }"
    done
}
