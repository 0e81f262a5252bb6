#!/usr/bin/env bash
# All that is known of the paths of make path, a row a condition, pair, set and metric.
#   sweep.sh PROGRAMS FOLDER:NAME:METHOD:VARY:LR:BATCH:EPOCHS...
# A condition's FOLDER has its tables. What of its recipe is not given is read from the provenance of its ends. Without a METHOD nothing was
# trained here.
set -euo pipefail
programs=$1 home=${0%/*} head=1
shift
here() { case $1 in /*) printf '%s' "$1" ;; *) printf './%s' "$1" ;; esac; }

# recipe FOLDER: "name=value ..." of the training of one of the ends, or nothing
recipe() {
    local f
    for f in "$1"/seed-*.st.gz; do
        [ -e "$f" ] || return 0
        "$programs/mc-info" "$f" | sed -n 's/^  made by mc-finetune [^ ]* //p' | tail -n 1
        return
    done
}

# moved FOLDER: what the distance of its ends is of: weights, or what tuning has changed where they are deltas
moved() {
    local f
    for f in "$1"/seed-*.st.gz "$1"/A.st.gz; do
        [ -e "$f" ] || continue
        "$programs/mc-info" --tsv "$f" | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { kind = $at["kind"] }
            END { print (kind == "delta" ? "change" : "weights") }'
        return
    done
}

for condition; do
    IFS=: read -r folder name method vary lr batch epochs <<< "$condition"
    lr=${lr#-} batch=${batch#-} epochs=${epochs#-} # not given
    files=("$(here "$folder")"/barrier.tsv "$(here "$folder")"/barrier-metric.tsv "$(here "$folder")"/distance.tsv)
    for f in "$(here "$folder")"/path-*.tsv "$(here "$folder")"/.path-*.seconds ${method:+"$(here "$folder")"/seed-*.log.tsv}; do
        if [ -e "$f" ]; then files+=("$f"); fi
    done
    awk -F '\t' -v head=$head -v condition="$name" -v method="$method" -v vary="$vary" -v lr="$lr" -v batch="$batch" -v epochs="$epochs" \
        -v recipe="${method:+$(recipe "$folder")}" -v moved="$(moved "$folder")" -f "$home/sweep.awk" "${files[@]}"
    head=0
done
