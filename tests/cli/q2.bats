#!/usr/bin/env bats
# make q2: a small BERT pre-trained and tuned from every step on two tasks, a small T5, a series of others; what is refused.
load common
load pipelines

setup_tasks() {
    local k t
    "$B/mc-synth" --corpus -n 3000 > "$F/text"
    for k in bert t5; do
        mkdir -p "$F/config-$k"
        cp "$F/$k"/* "$F/config-$k/"
        cp "$F/$k.json" "$F/config-$k/config.json"
    done
    for t in mood:sentiment other:sentiment-b; do
        mkdir -p "$F/${t%:*}"
        "$B/mc-synth" --task "${t#*:}" --split train -n 96 > "$F/${t%:*}/train.tsv"
        "$B/mc-synth" --task "${t#*:}" --split dev -n 120 > "$F/${t%:*}/dev.tsv"
    done
}
# q2 VARIABLE=VALUE...: into $T/out/q2
q2() {
    Q="$T/out/q2"
    [ -e "$F/text" ] || setup_tasks
    run=(make run-q2 TOOL="$bin" TASK1="$F/mood" TASK2="$F/other" OUT="$T/out" PAIRS='1-2 1-3 2-3' Q2_POINTS=3 Q2_RECIPE='--steps 2'
        Q2_STEPS=6 Q2_SAVE='0 2' Q2_PRETRAIN='--batch 8 --seq-len 24' "$@")
    "${run[@]}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
}

@test "BERT: every step of the pre-training, both tasks, lines between them" {
    q2 CONFIG="$F/config-bert" CORPUS="$F/text" WIDTH=170mm
    [ "$(cells "$Q/q2.tsv" task '' '' | words_of)" = "mood mood mood other other other" ]
    [ "$(cells "$Q/q2.tsv" step task mood | words_of)" = "0 2 6" ]
    [ "$(cells "$Q/q2.tsv" pairs '' '' | sort -u)" = 3 ]
    [ "$(cells "$Q/q2.tsv" marked task mood | words_of)" = "3 3 3" ] # two updates teach nothing
    # the row all of its pairs, and the mean of its ends
    [ "$(cells "$Q/q2.tsv" xfit task mood | head -n 1)" = "$(cells "$Q/barrier-mood-0.tsv" xfit path all)" ]
    [ "$(cells "$Q/q2.tsv" accuracy task other | tail -n 1)" = "$(cells "$Q/ends.tsv" accuracy task other | tail -n 3 | awk '{ s += $1 } END { print s / 3 }')" ]
    # its interval: over ends, Student's of two degrees, and over examples
    cells "$Q/ends.tsv" accuracy task other | tail -n 3 | awk -v n=120 -v low="$(cells "$Q/q2.tsv" accuracy_low task other | tail -n 1)" '
        { x[NR] = $1; s += $1 / 3 }
        END { for (i = 1; i <= 3; i++) v += (x[i] - s) ^ 2 / 6
            half = sqrt(4.302653 ^ 2 * v + 1.96 ^ 2 * s * (1 - s) / n); exit !(s - half - low < 1e-5 && low - s + half < 1e-5) }'
    # models of the series, and ends that are tuned from them
    cmp <("$B/mc-pick" 1 < "$Q/series.st.gz" | gzip -dc) <(gzip -dc "$Q/start-2.st.gz")
    [ "$(cells "$Q/series.tsv" step_b group all | words_of)" = "2 6 6" ]
    grep -q 'mc-pretrain ' <(gzip -dc "$Q/mood-6-1.st.gz" | head -c 20000 | tr '\\' '\n')
    [ "$("$B/mc-info" --ids "$Q/held.tok.gz" | wc -l)" -eq 100 ]
    # widths: a line a seed, from the heads of both ends
    [ "$(cells "$Q/both.tsv" path '' '' | words_of)" = "both-0-1 both-0-2 both-0-3 both-2-1 both-2-2 both-2-3 both-6-1 both-6-2 both-6-3" ]
    awk -F '\t' 'NR > 1 && ($7 - $5 + $6 > 1e-9 || $5 - $6 - $7 > 1e-9) { exit 1 }' "$Q/both.tsv"
    [ "$(cells "$Q/both.tsv" from path both-2-3)" = "$(digests "$Q/mood-2-3.st.gz")" ]
    [ "$(cells "$Q/both.tsv" to path both-2-3)" = "$(digests "$Q/other-2-3.st.gz")" ]
    [ "$(cells "$Q/path-both-2-3-0.tsv" loss t 0)" = "$(cells "$Q/score-mood-2-3.tsv" loss '' '')" ]
    [ "$(cells "$Q/path-both-2-3-1.tsv" loss t 1)" = "$(cells "$Q/score-other-2-3.tsv" loss '' '')" ]
    # every step less the first
    [ "$(cells "$Q/differences.tsv" experiment minus '' | sort -u | words_of)" = "mood other width" ]
    [ "$(cells "$Q/differences.tsv" condition minus mood-0 | words_of)" = "mood-2 mood-6" ]
    [ "$(cells "$Q/differences.tsv" condition minus 0 | words_of)" = "2 6" ]
    for k in steps path series; do grep -q '</svg>' "$Q/$k.svg"; done
    [ "$(grep -cE '^(mood|other), step [026]: accuracy 0\.[0-9]+; [0-3] of 3 pairs connected' "$T/said")" -eq 6 ]
    [ "$(grep -c '^step [026]: [0-9.e-]* of the line between the tasks' "$T/said")" -eq 3 ]
    grep -qx 'the series: 3 different models, none nearer to step 0 than the one before it' "$T/said"
    # one table alone
    rm "$Q/ends.tsv"
    make "$Q/ends.tsv" "${run[@]:2}" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    [ "$(wc -l < "$Q/ends.tsv")" -eq 19 ]
    # another recipe tunes anew, and pre-trains nothing; another step does
    cp -p "$Q/series.st.gz" "$T/series"
    q2 CONFIG="$F/config-bert" CORPUS="$F/text" Q2_RECIPE='--steps 3' Q2_SAVE=0
    cmp "$Q/series.st.gz" "$T/series" && return 1
    [ "$(cells "$Q/q2.tsv" step task mood | words_of)" = "0 6" ]
    # without the second task nothing is told of both
    q2 CONFIG="$F/config-bert" CORPUS="$F/text" Q2_RECIPE='--steps 3' Q2_SAVE=0 TASK2=
    [ ! -e "$Q/both.tsv" ]
    for k in other-6-1.st.gz path-both-6-1-0.tsv series.tsv series.said series.svg; do [ -s "$Q/$k" ]; done
}

@test "T5, one task" {
    q2 CONFIG="$F/config-t5" CORPUS="$F/text" TASK2= Q2_SAVE=0 Q2_STEPS=2 TOKENIZE="--source '{1} <extra_id_0>' --target '<extra_id_0> {label}'"
    [ "$(cells "$Q/q2.tsv" task '' '' | words_of)" = "mood mood" ]
    [ ! -e "$Q/both.tsv" ]
    [ "$(cells "$Q/differences.tsv" experiment '' '' | sort -u)" = mood ]
}

@test "Q2_SAVE=: the last step alone" {
    q2 CONFIG="$F/config-bert" CORPUS="$F/text" TASK2= Q2_SAVE= Q2_STEPS=2
    [ "$(cells "$Q/q2.tsv" step '' '')" = 2 ]
    [ ! -e "$Q/series.tsv" ]
}

@test "a series in another order, with a checkpoint that is there twice: by steps, and told in the end and in the report" {
    local k
    [ -e "$F/text" ] || setup_tasks
    for k in 0 20 300 4000; do
        "$B/mc-init" "$F/bert.json" -t "$F/bert" --seed-init $((k == 4000 ? 20 : k)) | "$B/mc-export" "$T/check-$k" -t "$F/bert"
    done
    q2 SERIES="$T/check-300 $T/check-0 $T/check-4000 $T/check-20" TASK2= PAIRS=1-2 Q2_POINTS=2
    [ "$(cells "$Q/q2.tsv" step '' '' | words_of)" = "0 20 300 4000" ]
    [ "$(cells "$Q/differences.tsv" minus condition mood-20)" = "$(printf '\nmood-0')" ]
    grep -qx "steps 20 and 4000: equal models, digest $("$B/mc-import" -q "$T/check-20" | "$B/mc-info" --digest | cut -f 1)" "$T/said"
    grep -qE '^step (300|4000): nearer to step 0 than step (20|300) is, at distances [0-9.]+ and [0-9.]+$' "$T/said"
    make report OUT="$T/out" TOOL="$bin" > "$T/said" 2>&1 || { cat "$T/said"; return 1; }
    grep -q 'steps 20 and 4000: equal models' "$T/out/report.html"
    # of one step there is no series, whatever an earlier run has found; models and lines stay
    for k in both.tsv series.svg; do echo '</svg>' > "$Q/$k"; done
    q2 SERIES="$T/check-300" TASK2= PAIRS=1-2 Q2_POINTS=2
    [ "$(cd "$Q" && ls -A *series* both.tsv .series* 2> /dev/null)" = '' ]
    [ -e "$Q/start-4000.st.gz" ]
    [ -e "$Q/path-mood-4000-1-2.tsv" ]
    grep -q 'nearer to step 0' "$T/said" && return 1
    true
}

@test "a series of others: directories whose names end in their steps" {
    local k
    [ -e "$F/text" ] || setup_tasks
    for k in 0 500; do "$B/mc-init" "$F/bert.json" -t "$F/bert" --seed-init $k | "$B/mc-export" "$F/check-$k" -t "$F/bert"; done
    q2 SERIES="$F/check-0 $F/check-500" TASK2=
    [ "$(cells "$Q/series.tsv" step_a group all) $(cells "$Q/series.tsv" step_b group all)" = "0 500" ] # by their names
    [ "$(cells "$Q/q2.tsv" step task mood | words_of)" = "0 500" ]
    [ ! -e "$Q/series.st.gz" ]
    "$B/mc-import" -q "$F/check-500" | gzip -dc | cmp - <(gzip -dc "$Q/start-500.st.gz")
    # one alone: scored as a step is, with its width, and compared with nothing
    rm -r "$Q"
    q2 SERIES="$F/check-500" PAIRS=1-2
    grep -q 'warning' "$T/said" && { cat "$T/said"; return 1; } # of intervals that are not there
    [ "$(cells "$Q/q2.tsv" step '' '' | words_of)" = "500 500" ]
    [ "$(cells "$Q/differences.tsv" condition minus '' | words_of)" = "mood-500 other-500 500" ]
    [ "$(wc -l < "$Q/differences.tsv")" -eq 4 ]
    [ ! -e "$Q/series.tsv" ]
    [ "$(grep -o 'mood, step 500' "$Q/.path.svg.stamp" | wc -l)" -eq 1 ] # drawn once
    grep -q '^step 500: [0-9.e-]* of the line between the tasks' "$T/said"
}

@test "refused before anything runs" {
    [ -e "$F/text" ] || setup_tasks
    refused() { # refused TEXT VARIABLE=VALUE...
        [ "$1" != -- ] || shift
        local text="$1"
        shift
        run make run-q2 TOOL="$bin" OUT="$T/out" "$@"
        [ "$status" -ne 0 ]
        [[ "$output" == *"$text"* ]] || { echo "$output"; return 1; }
        [ ! -e "$T/out" ]
    }
    local k given=(CONFIG="$F/config-bert" CORPUS="$F/text" TASK1="$F/mood")
    refused 'TASK1= is missing' CONFIG="$F/config-bert" CORPUS="$F/text"
    refused 'CORPUS= is missing' CONFIG="$F/config-bert" TASK1="$F/mood"
    refused 'CONFIG= is of a model' "${given[@]}" SERIES="$F/check-0"
    refused 'no train.tsv' "${given[@]}" TASK2="$F/bert"
    refused 'both named mood' "${given[@]}" TASK2="$F/mood"
    refused 'the last step is Q2_STEPS=5' "${given[@]}" Q2_STEPS=5 Q2_SAVE='0 9'
    refused 'is no step' "${given[@]}" Q2_SAVE='0 x'
    refused 'does not end in its step' SERIES="$F/model-bert" TASK1="$F/mood"
    refused 'PAIRS=1-2 1-2: a pair is there twice' "${given[@]}" PAIRS='1-2 1-2'
    refused 'is no variable of make q2' "${given[@]}" Q2_STEP=3
    refused 'Q2_SAVE=0 2 0: 0 is there twice' "${given[@]}" Q2_SAVE='0 2 0'
    refused '02: a step is written without a 0 in front' "${given[@]}" Q2_SAVE='0 02'
    refused 'Q2_STEPS=06: 06: a number is written without a 0 in front' "${given[@]}" Q2_STEPS=06 Q2_SAVE=
    refused 'Q2_HELD=010: 010: a number is written without a 0 in front' "${given[@]}" Q2_HELD=010
    mkdir -p "$T/check-005"
    echo '{}' > "$T/check-005/config.json"
    refused 'check-005: 005: a step is written without a 0 in front' SERIES="$T/check-005" TASK1="$F/mood"
    for k in abc -1 '' '.1 .2'; do refused 'Q2_WIDTH=' "${given[@]}" Q2_WIDTH="$k"; done
    for k in 0 100; do refused '1 to 99 are held out' "${given[@]}" Q2_HELD="$k"; done
    refused 'less than 4001 lines' "${given[@]}" Q2_HELD=40
    head -n 100 "$F/text" > "$T/text"
    refused 'less than 101 lines' "${given[@]:0:1}" CORPUS="$T/text" TASK1="$F/mood"
    refused -- '--save-at is not for you to give' "${given[@]}" Q2_PRETRAIN='--save-at 1'
    refused -- '--seed is not for you to give' "${given[@]}" Q2_RECIPE='--steps 2 --seed=3'
    for k in only dev dynamics; do refused -- "--$k is not for you to give" "${given[@]}" Q2_RECIPE="--steps 2 --$k $F/none"; done
    for k in '--method lora' --method=full '--rank 4'; do refused 'ends are whole models' "${given[@]}" Q2_RECIPE="--steps 2 $k"; done
    for k in '--steps 2 --epochs 1' '--epochs=1 --lr 1e-3 --steps=2'; do refused -- '--steps and --epochs exclude each other' "${given[@]}" Q2_RECIPE="$k"; done
    refused 'Q2_STEPS= says how many updates' "${given[@]}" Q2_PRETRAIN='--epochs 1'
    refused -- '--task is not for you to give' "${given[@]}" TOKENIZE='--task x'
    refused -- '--per-example is not for you to give' "${given[@]}" EVAL='--per-example x'
    refused -- '--over is not for you to give' "${given[@]}" BARRIER='--over lin'
    for k in both width; do
        cp -r "$F/mood" "$T/$k"
        refused "a task cannot be named $k" "${given[@]}" TASK2="$T/$k"
    done
    refused 'no such file' CONFIG="$F/config-bert" CORPUS="$F/none" TASK1="$F/mood"
}

@test "corpus.sh: text of packages, a paragraph a line, each once" {
    command -v dpkg-deb > /dev/null || skip "dpkg-deb is not there"
    local d="$T/deb/usr/share"
    mkdir -p "$T/deb/DEBIAN" "$d/doc/x" "$d/games/fortunes" "$d/wordnet" "$T/bin"
    printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x.x>\nDescription: x\n' > "$T/deb/DEBIAN/control"
    printf '<html><title>T</title><p>The first <b>paragraph</b> of a page\nis here &amp; stays.</p><li>too short<p>The second paragraph of it is here.' > "$d/doc/x/a.html"
    printf 'A paragraph of plain text\nover two lines.\n\n1 2 3 4 5 6 7 8 9 10 11\n\nThe second paragraph of it is here.\n' | gzip > "$d/doc/x/b.txt.gz"
    printf 'A saying that is long enough to stay.\n%%\nAnother saying that is long enough.\n' > "$d/games/fortunes/x"
    printf '00001 03 n 02 two_words 0 other(a) 0 000 | a gloss that says what it means; "an example of how it reads"\n' > "$d/wordnet/data.noun"
    printf 'A byte \377 that is no text is left out.\n' > "$d/doc/x/c.txt"
    dpkg-deb -b "$T/deb" "$T/x.deb" > /dev/null
    printf '#!/bin/sh\ncp "%s" .\n' "$T/x.deb" > "$T/bin/apt-get"
    chmod +x "$T/bin/apt-get"
    PATH="$T/bin:$PATH" pipelines/corpus.sh x | LC_ALL=C sort > "$T/got"
    printf '%s\n' '"an example of how it reads"' 'A byte that is no text is left out.' 'A paragraph of plain text over two lines.' \
        'A saying that is long enough to stay.' 'Another saying that is long enough.' 'The first paragraph of a page is here & stays.' \
        'The second paragraph of it is here.' 'two words, other: a gloss that says what it means' | LC_ALL=C sort | diff - "$T/got"
    printf '#!/bin/sh\necho no such package >&2\nexit 100\n' > "$T/bin/apt-get"
    run env PATH="$T/bin:$PATH" pipelines/corpus.sh x
    [ "$status" -eq 1 ]
    [[ "$output" == *"no such package"* ]]
}
