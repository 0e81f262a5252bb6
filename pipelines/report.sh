#!/usr/bin/env bash
# What the pipelines left in a folder as one page, FOLDER/report.html: what was found in sentences, figures, tables, how each was
# made, every model, programs and machine.
#   report.sh FOLDER_OF_PROGRAMS FOLDER
set -euo pipefail
tool=$1 out=$2
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT
parts=() folders=()

# What awk is given: a name with a / before any =.
here() { case $1 in /*) printf '%s' "$1" ;; *) printf './%s' "$1" ;; esac; }
# add CAPTION FILE...: those that are there
add() {
    local caption=$1 f
    shift
    for f in "$@"; do
        if [ -s "$f" ]; then parts+=("$(here "$f"):${caption//@/$(basename "${f%.*}")}"); fi
    done
}
# found TITLE COMMAND...: what it says
found() {
    local title=$1 file="$work/${#parts[@]}.said"
    shift
    "$@" > "$file"
    if [ -s "$file" ]; then parts+=("$file:$title"); fi
}

# Of heights and of the series itself.
q2_told() {
    awk -f pipelines/q2_say.awk "$1/q2.tsv" "$1/differences.tsv"
    if [ -e "$1/series.said" ]; then cat "$1/series.said"; fi
}

if [ -s "$out/barrier.tsv" ]; then
    folders+=("$out")
    found 'What was found' awk -F '\t' -f plots/notes.awk -f plots/found.awk "$(here "$out")/barrier.tsv"
    add 'Loss and metric along the paths; thin lines are single pairs, bands 95 % intervals' "$out/path.svg"
    add 'Heights of the paths, by every definition, with interval and verdict' "$out/barrier.tsv"
    add 'Distances between the ends' "$out/distance.tsv"
    add 'Training of the ends' "$out/train.svg"
fi
if [ -s "$out/q1/q1.tsv" ]; then
    q="$out/q1"
    folders+=("$q")
    found 'Question 1: what do hyper-parameters, method and data do to the path?' awk -f pipelines/q1_say.awk "$(here "$q")/q1.tsv" "$(here "$q")/differences.tsv"
    for f in "$q"/path-*.svg; do add 'Lines and curves of the experiment @' "$f"; done
    for f in "$q"/groups-*.svg; do add 'Groups of tensors that move alone: @' "$f"; done
    add 'A row a condition: pairs, heights, verdicts, ends' "$q/q1.tsv"
    add 'Differences of heights within an experiment' "$q/differences.tsv"
    add 'Distances, lengths and metrics over pairs' "$q/over.tsv"
    add 'Heights of single pairs' "$q/barrier.tsv"
fi
if [ -s "$out/q2/q2.tsv" ]; then
    q="$out/q2"
    folders+=("$q")
    found 'Question 2: how does the path change during pre-training?' q2_told "$(here "$q")"
    add 'Heights, accuracy and what keeps both tasks, by step of the pre-training' "$q/steps.svg"
    add 'Lines between pairs, by step' "$q/path.svg"
    add 'The pre-training' "$q/series.svg"
    add 'A row a task and step' "$q/q2.tsv"
    add 'Every step less the first' "$q/differences.tsv"
    add 'Lines between the two tasks' "$q/both.tsv"
    add 'How far the pre-training has gone' "$q/series.tsv"
fi
if [ -s "$out/methods/methods.tsv" ]; then
    q="$out/methods"
    folders+=("$q")
    found 'Tuning methods' awk -F '\t' -f plots/notes.awk -f plots/found.awk "$(here "$q")/barrier.tsv"
    for f in "$q"/*.svg; do add 'Lines between pairs of minima of each method: @' "$f"; done
    add 'A row a method and seed' "$q/methods.tsv"
    add 'Heights of single pairs' "$q/barrier.tsv"
fi
if [ ${#folders[@]} = 0 ]; then
    echo "report: $out: nothing of make path, q1, q2, q3 or methods is in it" >&2
    exit 1
fi

# Every model that is there: its digest, and the command that made it.
{
    printf 'model\tdigest\tmade by\n'
    for folder in "${folders[@]}"; do
        for f in "$folder"/*.st.gz; do
            [ -e "$f" ] || continue
            stamp="$folder/.$(basename "$f").stamp"
            made=$([ -e "$stamp" ] && sed 's/ <- .*//; s/\$(TOOL)\///g; s/\$(RUN) //g' "$stamp" | tr '\t' ' ') || made=''
            "$tool/mc-info" --digest "$f" | awk -F '\t' -v OFS='\t' -v name="$(basename "$f")" -v made="${made//\\/\\\\}" '{ print name ($3 > 0 ? ", " $3 : ""), $1, made }'
        done
    done
} > "$work/models.tsv"
parts+=("$work/models.tsv:Every model, its digest and the command that made it")
bash pipelines/machine.sh "$tool" > "$work/machine.about"
parts+=("$work/machine.about:Programs and machine")
echo 'Heights are those of the loss over the chord between the ends, in nats unless a table says otherwise. A barrier that is smaller than epsilon counts for nothing; an interval that holds epsilon decides nothing.' > "$work/notes.txt"
awk -f plots/report.awk "Mode connectivity: $out" "$work/notes.txt" plots/columns.tsv "${parts[@]}" > "$out/report.html.part"
sh plots/keep.sh "$out/report.html.part" "$out/report.html"
echo "the report: $out/report.html"
