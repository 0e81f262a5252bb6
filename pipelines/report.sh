#!/usr/bin/env bash
# What the pipelines left in a folder as one page, FOLDER/report.html: what was found in sentences, figures, tables, how each was
# made, every model, programs and machine.
#   report.sh FOLDER_OF_PROGRAMS FOLDER
set -euo pipefail
tool=$1 out=$2 home=$(dirname "$0")/..
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT
parts=() folders=()

# What awk is given: a name with a / before any =.
here() { case $1 in /*) printf '%s' "$1" ;; *) printf './%s' "$1" ;; esac; }
# section FOLDER TABLE TITLE WORD...: what a pipeline left in FOLDER, if its TABLE is there. WORDs that end in .awk are scripts, which say
# what was found from the tables that the others name, as far as they are there; a .said is sentences by itself. On standard input figures and tables, lines FILE CAPTION; a
# FILE may be a pattern, and @ in CAPTION is its name.
section() {
    local folder=$1 table=$2 title=$3 said="$work/${#folders[@]}.said" scripts=() tables=() ready=() w files caption f
    if [ ! -s "$folder/$table" ]; then return; fi
    shift 3
    for w in "$@"; do
        case $w in
        *.awk) scripts+=(-f "$home/$w") ;;
        *.said) if [ -s "$folder/$w" ]; then ready+=("$folder/$w"); fi ;;
        *) if [ -s "$folder/$w" ]; then tables+=("$(here "$folder")/$w"); fi ;;
        esac
    done
    # of many sentences the first are seen at once; of those of many conditions, these by their verdict
    awk -F '\t' "${scripts[@]}" "${tables[@]}" > "$said.all"
    case $(wc -l < "$said.all"),$table in
    [0-8],*) cat "$said.all" /dev/null "${ready[@]}" ;;
    *,q[12].tsv) awk -F '\t' -f "$home/pipelines/verdicts.awk" "$(here "$folder")/$table" && cat /dev/null "${ready[@]}" && echo && cat "$said.all" ;;
    *) sed '6s/$/\n/' "$said.all" && cat /dev/null "${ready[@]}" ;;
    esac > "$said"
    if [ -s "$said" ]; then parts+=("$said:$title"); fi
    while read -r files caption; do
        for f in "$folder"/$files; do
            if [ -s "$f" ]; then parts+=("$(here "$f"):${caption//@/$(basename "${f%.*}")}"); fi
        done
    done
    folders+=("$folder")
}
# conditions FOLDER: the folders in it that make path filled, one for each condition.
conditions() {
    local f
    for f in "$1"/*/barrier-metric.tsv; do
        if [ -e "$f" ]; then printf '%s\n' "${f%/*}"; fi
    done
}

section "$out" barrier.tsv 'What was found' plots/notes.awk plots/found.awk barrier.tsv barrier-metric.tsv << 'E'
path.svg Loss and metric along the paths; thin lines are single pairs, bands 95 % intervals
barrier.tsv Heights of the paths, by every definition, with interval and verdict
barrier-metric.tsv The same by the other metrics
distance.tsv Distances between the ends
sweep.tsv All that is known of each path, a row a condition, pair, set and metric
train.svg Training of the ends
*/train.svg Training of the ends of one condition
E
section "$out/q1" q1.tsv 'Question 1: what do hyper-parameters, method and data do to the path?' pipelines/q1_say.awk q1.tsv differences.tsv << 'E'
path-*.svg Lines and curves of the experiment @
groups-*.svg Groups of tensors that move alone: @
q1.tsv A row a condition: pairs, heights, verdicts, ends
differences.tsv Differences of heights within an experiment
over.tsv Distances, lengths and metrics over pairs
barrier.tsv Heights of single pairs
E
section "$out/q2" q2.tsv 'Question 2: how does the path change during pre-training?' pipelines/q2_say.awk q2.tsv differences.tsv series.said << 'E'
steps.svg Heights, accuracy and what keeps both tasks, by step of the pre-training
path.svg Lines between pairs, by step
series.svg The pre-training
q2.tsv A row a task and step
differences.tsv Every step less the first
both.tsv Lines between the two tasks
series.tsv How far the pre-training has gone
E
section "$out/q3" over.tsv 'Question 3: what does the path forget and learn?' pipelines/q3_say.awk sets.tsv pairs.tsv barrier.tsv over.tsv added.tsv added-over.tsv << 'E'
ledger-line-source.svg Along the line: what of the source's training set is kept, forgotten and learned from point to point, and how sure the model had been of it in training
ledger-line-target.svg Along the line: what of the target's training set is kept, forgotten and learned
map.svg Every example of the source while it was learnt, and those that the line of the first seed forgets
path-line.svg Loss and metric of the sets that nothing was trained on, along the line
path-curve.svg The same along the curve
path-control.svg The same between ends of two seeds of the source
ledger-curve-source.svg Along the curve: the source's training set
ledger-curve-target.svg Along the curve: the target's training set
ledger-control-source.svg Between ends of two seeds of the source: the source's training set
over.tsv Means over pairs, and differences between paths
added-over.tsv What adding did: not-added, on the examples of the source that no kind added; added-counted, on all of them; sets, accuracy on sets that nothing was trained on
added.tsv A row a kind of examples that were added, and seed
pairs.tsv A row a pair and training set: shares of the examples; of the source, how hard what is forgotten had been
ledger.tsv A row a segment
barrier.tsv Heights of the sets that nothing was trained on; line-0 and line-1 are by the head of the source and by that of the target
ends.tsv The ends on these sets
sets.tsv The sets, and what was left out of them
E
section "$out/methods" methods.tsv 'Tuning methods' plots/notes.awk plots/found.awk barrier.tsv << 'E'
*.svg Lines between pairs of minima of each method: @
methods.tsv A row a method and seed
barrier.tsv Heights of single pairs
E
if [ ${#folders[@]} = 0 ]; then
    echo "report: $out: nothing of make path, q1, q2, q3 or methods is in it" >&2
    exit 1
fi

# Every model that is there: digest, what its stream says it was made of and with, and the command of its stage.
{
    printf 'model\tdigest\tprovenance\tmade by\n'
    for folder in "${folders[@]}"; do
        for f in "$folder"/*.st.gz $(conditions "$folder" | sed 's|$|/*.st.gz|'); do
            [ -e "$f" ] || continue
            stamp="${f%/*}/.${f##*/}.stamp"
            name=${f#"$folder"/} # of a condition behind its name
            name=${name//\//: }
            made=$([ -e "$stamp" ] && tr '\t' ' ' < "$stamp") || made=''
            "$tool/mc-info" "$f" | awk -v OFS='\t' -v name="${name//\\/\\\\}" -v made="${made//\\/\\\\}" '
                function row() { if (digest != "") print name (number > 0 ? ", " number : ""), digest, by, made }
                /: document [0-9]+: .*, digest [0-9a-f]*$/ { row(); by = ""; digest = $NF; number = $0; sub(/.*: document /, "", number); number += 0 }
                sub(/^  made by /, "") { gsub(/\t/, " "); by = by (by == "" ? "" : "; then ") $0 }
                END { row() }'
        done
    done
} > "$work/models.tsv"
mapfile -t conditions < <(for folder in "${folders[@]}"; do conditions "$folder"; done)
bash "$home/pipelines/families.sh" "${folders[@]}" "${conditions[@]}" > "$work/families.said"
if [ -s "$work/families.said" ]; then parts+=("$work/families.said:Kernels"); fi
parts+=("$work/models.tsv:Every model: digest, what it was made of and with, and the command that made it")
bash "$home/pipelines/machine.sh" "$tool" > "$work/machine.about"
parts+=("$work/machine.about:Programs and machine that made this page")
echo 'Heights are those of the loss, in nats (of numbers: the squared error), over the chord between the ends, or of the metric that a table names. A barrier that is smaller than epsilon counts for nothing; an interval that holds epsilon decides nothing. Intervals in brackets are of 95 % unless a table says otherwise. Commands are as they were run, with the programs on the path.' > "$work/notes.txt"
awk -v home="${0%pipelines/report.sh}" -f "$home/plots/report.awk" "Mode connectivity: $out" "$work/notes.txt" "$home/plots/columns.tsv" "${parts[@]}" > "$out/report.html.part"
sh "$home/plots/keep.sh" "$out/report.html.part" "$out/report.html"
echo "the report: $out/report.html"
