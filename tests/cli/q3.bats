#!/usr/bin/env bats
# make q3: two tasks with the same labels, with all that is made of them; with other labels; text to text; one and two seeds; what is refused.
load common
load pipelines

setup_tasks() {
    local t
    sed -e 's/"hidden_size": [0-9]*/"hidden_size": 32/' -e 's/"num_hidden_layers": [0-9]*/"num_hidden_layers": 1/' "$F/bert/config.json" > "$F/learns.json"
    "$B/mc-init" "$F/learns.json" -t "$F/bert" --seed-init 1 | "$B/mc-export" "$F/model-learns" -t "$F/bert"
    for t in sentiment sentiment-b inference; do
        "$B/mc-synth" --task "$t" --split train -n 400 > "$F/$t.tsv"
        "$B/mc-synth" --task "$t" --split dev -n 120 > "$F/$t-dev.tsv"
    done
    head -n 5 "$F/sentiment.tsv" >> "$F/sentiment-dev.tsv"
    head -n 3 "$F/sentiment.tsv" >> "$F/sentiment-b.tsv"
}
# q3 VARIABLE=VALUE...: into $T/out/q3
q3() {
    K="$T/out/q3"
    [ -e "$F/inference.tsv" ] || setup_tasks
    run=(make run-q3 TOOL="$bin" MODEL="$F/model-learns" SOURCE="$F/sentiment.tsv" TARGET="$F/sentiment-b.tsv"
        DEVS="own=$F/sentiment-dev.tsv far=$F/sentiment-b-dev.tsv" OUT="$T/out" Q3_RECIPE='--epochs 6 --lr 3e-3 --batch 16' Q3_CURVE='--steps 2'
        Q3_POINTS=3 Q3_ADDED_POINTS=2 Q3_STEPS=4 Q3_PERMUTATIONS=199 "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
}
# cells TABLE COLUMN KEY VALUE [KEY VALUE]: the cells of a column, of rows with these values
cells() {
    awk -F '\t' -v name="$2" -v key="$3" -v value="$4" -v key2="$5" -v value2="$6" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        (key == "" || $at[key] == value) && (key2 == "" || $at[key2] == value2) { print $at[name] }' "$1"
}
# same A B: numbers that are equal but for rounding
same() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && a - b < 1e-8 && b - a < 1e-8) }' || { echo "$1, not $2"; return 1; }; }
mean() { awk '{ s += $1 } END { print s / NR }' OFMT=%.10g; }

@test "the same labels: line, curve, control, ledgers, what adding does" {
    local s k d
    q3 Q3_KINDS='forgotten random'
    # sentences of the dev sets leave the training sets, and those of the source the target's
    [ "$(cells "$K/sets.tsv" left_out '' '' | words_of)" = "5 3 0 0" ]
    [ "$(cells "$K/sets.tsv" examples '' '' | words_of)" = "395 400 125 120" ]
    grep -q '^Q3_HEADS := mix$' "$K/heads.mk"
    [ "$(cells "$K/path-line-1-mix.tsv" point task own | words_of) $(cells "$K/path-added-random-1-mix.tsv" point task own | words_of)" = "0 1 2 0 1" ]
    # a row a path, set and segment, as mc-knowledge has it
    [ "$(cells "$K/ledger.tsv" condition '' '' | uniq | words_of)" = "line curve control added-forgotten added-random" ]
    [ "$(cells "$K/ledger.tsv" segment condition line task source | words_of)" = "0 1 2 all 0 1 2 all 0 1 2 all" ]
    [ "$(cells "$K/ledger.tsv" task condition control | sort -u)" = source ]
    diff <(awk -F '\t' '$1 == "line" && $2 == 2 && $5 == "target"' "$K/ledger.tsv" | cut -f 5-) \
        <("$B/mc-knowledge" --task target --dynamics "$K/target-2.dynamics.tsv" --permutations 199 "$K/each-know-line-2-mix.tsv" | sed 1d)
    [ "$(cells "$K/pairs.tsv" from condition control | words_of)" = "$(digests "$K/source-1.st.gz" "$K/source-2.st.gz" "$K/source-3.st.gz" | words_of)" ]
    [ "$(cells "$K/pairs.tsv" to condition control | words_of)" = "$(digests "$K/source-2.st.gz" "$K/source-3.st.gz" "$K/source-1.st.gz" | words_of)" ]
    [ "$(cells "$K/pairs.tsv" to condition curve task source | words_of)" = "$(digests "$K/target-1.st.gz" "$K/target-2.st.gz" "$K/target-3.st.gz" | words_of)" ]
    for k in forgotten_share:forgotten learned_share:learned; do
        same "$(cells "$K/pairs.tsv" "${k%:*}" condition line task source | head -n 1)" \
            "$(cells "$K/ledger.tsv" "${k#*:}" condition line segment all | awk 'NR == 1 { printf "%.9g", $1 / 395 }')"
    done
    same "$(cells "$K/pairs.tsv" confidence_less condition line task source | head -n 1)" \
        "$(awk -F '\t' '$1 == "line" && $2 == 1 && $5 == "source" && $6 == "all" { printf "%.9g", $15 - $14 }' "$K/ledger.tsv")"
    # least squares of the confidence of what is forgotten, weighted by how much: here of pairs of an example and a segment
    same "$(cells "$K/pairs.tsv" confidence_slope condition line task target | head -n 1)" "$(awk -F '\t' '
        $1 == "line" && $2 == 1 && $5 == "target" && $6 != "all" && $14 != "nan" { for (i = 0; i < $11; i++) { x[++n] = ($7 + $8) / 2; y[n] = $14; mx += x[n]; my += $14 } }
        END { for (i = 1; i <= n; i++) { a += (x[i] - mx / n) * (y[i] - my / n); b += (x[i] - mx / n) ^ 2 } printf "%.9g", a / b }' "$K/ledger.tsv")"
    # means over pairs, and differences
    same "$(cells "$K/over.tsv" mean over forgotten_share condition control)" "$(cells "$K/pairs.tsv" forgotten_share condition control | mean)"
    [ "$(awk -F '\t' '$2 == "cliffs_delta" && $4 != "" { print $3 "-" $4 "-" $5 }' "$K/over.tsv" | words_of)" = "line-control-source curve-line-source curve-line-target" ]
    same "$(awk -F '\t' '$2 == "xfit" && $3 == "line" && $4 == "" && $5 == "far" { print $10 }' "$K/over.tsv")" "$(cells "$K/barrier-line.tsv" xfit path all task far)"
    [ "$(cells "$K/barrier.tsv" condition path all task own | words_of)" = "line curve control added-forgotten added-random" ]
    # what the line forgets, and as many others, are added to the target
    for s in 1 2 3; do
        "$B/mc-knowledge" --task source --dynamics "$K/source-$s.dynamics.tsv" --select forgotten "$K/each-know-line-$s-mix.tsv" | cmp - "$K/added-forgotten-$s.txt"
        [ "$(wc -l < "$K/added-random-$s.txt")" -eq "$(wc -l < "$K/added-forgotten-$s.txt")" ]
    done
    [ -s "$K/added-forgotten-1.txt" ]
    cmp -s "$K/added-random-1.txt" "$K/added-forgotten-1.txt" && return 1
    "$B/mc-pick" --only "$K/added-random-2.txt" -o "$T/more.tok.gz" < "$K/source.tok.gz"
    "$B/mc-finetune" -q --train "$K/target.tok.gz" --train "$T/more.tok.gz" --epochs 6 --lr 3e-3 --batch 16 --seed 0 --seed-order 2 --seed-dropout 2 -o "$T/end.st.gz" < "$K/base.st.gz"
    [ "$(digests "$T/end.st.gz")" = "$(digests "$K/added-random-2.st.gz")" ]
    [ "$(cells "$K/added.tsv" to condition added-random seed 2)" = "$(digests "$T/end.st.gz")" ]
    # shares over all of the source, and over what was not added, on this line and on that without it
    same "$(cells "$K/added.tsv" forgotten_share condition added-random seed 2)" "$(cells "$K/pairs.tsv" forgotten_share condition added-random task source | sed -n 2p)"
    [ "$(cells "$K/added.tsv" rest_before condition added-forgotten | sort -u)" = 0 ]
    rest() { # rest NAME: of what was not added, the share that is right at the first point and wrong at the last
        awk -F '\t' 'FILENAME == ARGV[1] { drop[$1]; next } FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
            $at["task"] == "source" && !($at["example"] in drop) { e = $at["example"]; right = $at["label"] == $at["predicted"]; if ($at["t"] == 0) { first[e] = right; n++ }
                if ($at["t"] == 1) lost += first[e] && !right }
            END { printf "%.9g", lost / n }' "$K/added-random-3.txt" "$K/each-know-$1-3-mix.tsv"
    }
    same "$(cells "$K/added.tsv" rest_share condition added-random seed 3)" "$(rest added-random)"
    same "$(cells "$K/added.tsv" rest_before condition added-random seed 3)" "$(rest line)"
    [ "$(awk -F '\t' '$2 == "accuracy" && $4 != "" { print $3 "-" $4 "-" $5 }' "$K/added-over.tsv" | words_of)" = \
        "added-forgotten-target-own added-forgotten-target-far added-random-target-own added-random-target-far" ]
    same "$(cells "$K/ends.tsv" accuracy condition added-random task far | sed -n 2p)" \
        "$("$B/mc-eval" -q "$K/dev-far.tok.gz" < "$T/end.st.gz" | sed -n 2p | cut -f 6)"
    same "$(cells "$K/ends.tsv" loss condition source task own | head -n 1)" "$("$B/mc-eval" -q "$K/dev-own.tok.gz" < "$K/source-1.st.gz" | sed -n 2p | cut -f 5)"
    for k in map path-line path-curve path-control ledger-{line,curve}-{source,target} ledger-control-source; do grep -q '</svg>' "$K/$k.svg"; done
    [ "$(grep -cE '^(line|curve|control.*), training set of the (source|target) \([0-9]+ examples\): .* % .*forgotten, ' "$T/said")" -eq 5 ]
    [ "$(grep -cE '^(line less control|curve less line), training set' "$T/said")" -eq 3 ]
    [ "$(grep -cE '^added-(forgotten|random): [0-9]+, [0-9]+, [0-9]+ examples more' "$T/said")" -eq 2 ]
    # a second call makes nothing; other permutations make the ledgers again, and no model or path
    remade "$K" ''
    "${run[@]}" Q3_PERMUTATIONS=99 > "$T/said" 2>&1
    files_of "$K" > "$T/after"
    comm -13 <(sort "$T/before") <(sort "$T/after") | sed 's/ [^ ]*$//' > "$T/made"
    grep -qx ledger-line-1-source.tsv "$T/made"
    grep -qx added-over.tsv "$T/made"
    grep -qvE '^(ledger.*|pairs\.tsv|over\.tsv|added\.tsv|added-over\.tsv)$' "$T/made" && { cat "$T/made"; return 1; }
    # one table alone
    rm "$K/pairs.tsv"
    make "$K/pairs.tsv" "${run[@]:2}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(cells "$K/pairs.tsv" condition '' '' | wc -l)" -eq 27 ]
    # another recipe tunes anew
    cp -p "$K/source-1.st.gz" "$T/old"
    make "$K/source-1.st.gz" "${run[@]:2}" Q3_RECIPE='--epochs 1' > "$T/said" 2>&1
    cmp -s "$K/source-1.st.gz" "$T/old" && return 1
    true
}

@test "other labels: each set by the head of the end that it belongs to; no curve, nothing added" {
    q3 TARGET="$F/inference.tsv" DEVS="own=$F/sentiment-dev.tsv nli=$F/inference-dev.tsv" Q3_RECIPE='--epochs 2 --lr 3e-3' Q3_SEEDS='1 2'
    [ "$(cat "$K/heads.mk" | words_of)" = "Q3_HEADS := 0 1 Q3_OF_SOURCE := own Q3_OF_TARGET := nli" ]
    [ "$(cells "$K/path-line-2-0.tsv" loss t 0)" = "$("$B/mc-eval" -q "$K/dev-own.tok.gz" < "$K/source-2.st.gz" | sed -n 2p | cut -f 5)" ]
    [ "$(cells "$K/path-line-2-1.tsv" loss t 1)" = "$("$B/mc-eval" -q "$K/dev-nli.tok.gz" < "$K/target-2.st.gz" | sed -n 2p | cut -f 5)" ]
    [ "$(cells "$K/path-know-line-1-1.tsv" loss t 1)" = "$("$B/mc-eval" -q "$K/target.tok.gz" < "$K/target-1.st.gz" | sed -n 2p | cut -f 5)" ]
    [ "$(cells "$K/barrier.tsv" condition '' '' | uniq | words_of)" = "line-0 line-1 control" ]
    [ "$(cells "$K/pairs.tsv" condition '' '' | uniq | words_of)" = "line control" ]
    [ "$(cells "$K/ends.tsv" task condition target | sort -u)" = nli ]
    [ ! -e "$K/added.tsv" ] && [ ! -e "$K/curve-1.st.gz" ]
    grep -q '^line-1, heights: nli' "$T/said"
}

@test "text to text, one seed: no control, no intervals" {
    q3 MODEL="$F/model-t5" TOKENIZE="--source '{1} <extra_id_0>' --target '<extra_id_0> {label}'" Q3_SEEDS=4 Q3_RECIPE='--epochs 1' Q3_KINDS=hard
    [ "$(cells "$K/pairs.tsv" condition '' '' | uniq | words_of)" = "line curve added-hard" ]
    [ "$(cells "$K/over.tsv" ci_low over forgotten_share | sort -u)" = nan ]
}

@test "a line that forgets nothing adds nothing; two seeds have one control" {
    q3 Q3_SEEDS='1 2' Q3_RECIPE='--epochs 1 --lr 1e-12' Q3_KINDS='forgotten easy'
    [ ! -s "$K/added-easy-1.txt" ]
    [ "$(digests "$K/added-easy-1.st.gz")" = "$(digests "$K/target-1.st.gz")" ]
    [ "$(cells "$K/added.tsv" added '' '' | sort -u)" = 0 ]
    [ "$(cells "$K/pairs.tsv" seed condition control)" = 1 ]
}

@test "refused before anything runs" {
    [ -e "$F/inference.tsv" ] || setup_tasks
    refused() { # refused TEXT VARIABLE=VALUE...
        local text="$1"
        shift
        run make run-q3 TOOL="$bin" OUT="$T/out" "$@"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$text"* ]] || { echo "$output"; return 1; }
        [ ! -e "$T/out" ]
    }
    local given=(MODEL="$F/model-learns" SOURCE="$F/sentiment.tsv" TARGET="$F/sentiment-b.tsv" DEVS="own=$F/sentiment-dev.tsv")
    refused 'DEVS= is missing' "${given[@]:0:3}"
    refused 'SOURCE= is missing' "${given[@]}" SOURCE=
    refused 'no such file' "${given[@]}" TARGET="$F/none"
    refused 'no such directory' "${given[@]}" MODEL="$F/none"
    refused 'is no name=file' "${given[@]}" DEVS="$F/sentiment-dev.tsv"
    refused 'own is there twice' "${given[@]}" DEVS="own=$F/sentiment-dev.tsv own=$F/sentiment-b-dev.tsv"
    refused 'a seed is there twice' "${given[@]}" Q3_SEEDS='1 2 1'
    refused 'x is no seed' "${given[@]}" Q3_SEEDS='1 x'
    refused 'Q3_SEEDS= is empty' "${given[@]}" Q3_SEEDS=
    refused 'never is none of' "${given[@]}" Q3_KINDS='hard never'
    refused 'a kind is there twice' "${given[@]}" Q3_KINDS='hard hard'
    refused 'a path has two ends' "${given[@]}" Q3_STEPS=1
    refused 'is no whole number' "${given[@]}" Q3_PERMUTATIONS=many
    refused '--seed is not for you to give' "${given[@]}" Q3_RECIPE='--epochs 1 --seed 3'
    refused '--dev is not for you to give' "${given[@]}" Q3_CURVE='--dev x'
    refused 'a quote is left open' "${given[@]}" TOKENIZE="--task 'x"
    refused 'is no variable of make q3' "${given[@]}" Q3_POINT=3
    # and once the sets' labels are known
    run make run-q3 TOOL="$bin" OUT="$T/out" "${given[@]}" DEVS="nli=$F/inference-dev.tsv"
    [ "$status" -ne 0 ]
    [[ "$output" == *"DEVS: nli has labels that neither SOURCE nor TARGET has"* ]]
    [ ! -e "$T/out/q3/heads.mk" ] && [ ! -e "$T/out/q3/base.st.gz" ]
    run make run-q3 TOOL="$bin" OUT="$T/out" "${given[@]}" DEVS="own=$F/sentiment.tsv"
    [ "$status" -ne 0 ]
    [[ "$output" == *"no row is left"* ]] || { echo "$output"; return 1; }
}
