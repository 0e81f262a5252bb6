#!/usr/bin/env bash
# The stages of a pipeline as jobs of Slurm: FOLDER/submit.sh, which submits itself; of a later round FOLDER/slurm/round-N.sh.
#   submit.sh ROUND HOME PROGRAMS VERB NAME=VALUE...      HOME: the folder of pipelines/ and plots/
#
# make says what is to be made and what waits for what (-n, PLAN=1); submit.awk puts it into waves. What is known only once something else has
# been made is of the next ROUND: the last job of the one before calls this again, which makes what takes seconds until there is something for
# waves. Status 3: there is nothing more for them.
set -euo pipefail
round=$1 home=$2 programs=$3 verb=$4 slurm='' given=()
shift 4
say() {
    echo "mctools: $2" >&2
    exit "$1"
}
for word; do
    case $word in
    SLURM=*) slurm=${word#SLURM=} ;;
    -*) say 2 "$word: options of make are of no use to jobs (mctools help submit)" ;;
    *=*) given+=("$word") ;;
    *) say 2 "$word is no NAME=VALUE (mctools help submit)" ;;
    esac
done
case $slurm in
*$'\n'*) say 2 'SLURM= has more than one line' ;;
esac
for word in $slurm; do
    case $word in
    --array* | -a* | --chdir* | -D* | --output* | -o* | --dependency* | -d* | --signal* | --wait | -W | --no-requeue | --error* | -e* | --job-name* | -J*) say 2 "SLURM=: $word is the script's own" ;;
    esac
done
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT

pipeline=(make --no-print-directory -f "$home/pipelines/mctools.mk" TOOL="$programs" "${given[@]}")
while :; do
    status=0
    "${pipeline[@]}" -n PLAN=1 "$verb" >"$work/plan" 2>"$work/said" || status=$?
    sed -f "$home/pipelines/said.sed" "$work/said" >&2
    [ "$status" = 0 ] || exit "$status"
    awk -F '\t' -f "$home/pipelines/submit.awk" "$work/plan" >"$work/waves"
    [ "$round" -gt 1 ] && [ ! -s "$work/waves" ] || break
    own=$(awk -F '\t' -v verb="$verb" '$1 == "plan" && $2 == verb { sub(/ .*/, "", $5); printf "%s ", $5 }' "$work/plan")
    [ -n "$own" ] || exit 3
    "${pipeline[@]}" "part-$verb" FILES="$own"
done
folder=$(awk -F '\t' '$1 == "plan" { print $3; exit }' "$work/plan")
if [ -z "$folder" ]; then
    echo "mctools: nothing is to be made" >&2
    exit
fi

# quoted WORD...: words of the shell
quoted() { [ $# = 0 ] || printf '%q ' "$@"; }
{
    cat <<E
#!/usr/bin/env bash
#SBATCH --requeue --open-mode=append --signal=B:USR1@60
${slurm:+#SBATCH $slurm
}# Jobs of Slurm for: mctools $verb $(quoted "${given[@]}")
E
    cat <<'E'
# Written by mctools submit.
#
#   bash submit.sh
#
# Every wave is an array of jobs, which begins when all of the wave before have succeeded. The last job makes what takes seconds; if it is known
# only then what else there is to compute, such as curves of lines that are not connected, it submits further waves, of which the last job does
# the same; else it runs the pipeline as a whole, for tables, figures and page. What a job says is in the folder slurm beside this file, and
# why one failed in slurm/failed; jobs that wait for it are cancelled then. Submitted again, this script does what is missing, and trainings that
# were ended go on from their last state.
set -euo pipefail
E
    printf 'script=$(readlink -f "$0")\ncd %q\n' "$PWD"
    printf 'folder=%q name=%q\n' "$folder/slurm" "mctools-$verb"
    printf 'pipeline=(%s)\n' "$(quoted "${pipeline[@]}")"
    printf 'rest=(%s)\n' "$(quoted bash "$home/pipelines/submit.sh" $((round + 1)) "$home" "$programs" "$verb" "${given[@]}" ${slurm:+"SLURM=$slurm"})"
    printf 'verb=%s round=%d waves=%d\n' "$verb" "$round" "$(tail -n 1 "$work/waves" | cut -f 1)"
    cat <<'E'

# Lines WAVE, GOAL, FILES of it: a line a job.
tasks() {
    cat <<'TASKS'
E
    cat "$work/waves"
    cat <<'E'
TASKS
}
most=1000 # jobs of an array: Slurm's own bound is 1001 unless the cluster's is another

# submit JOB ARGUMENT [OPTION]...: a job that begins when those before it have succeeded
submitted=() after=()
submit() {
    local id
    id=$(sbatch --parsable --job-name="$name-$1" "${after[@]}" "${@:3}" "$script" "$2")
    id=${id%%;*}
    submitted+=("$id") after=(--dependency="afterok:$id" --kill-on-invalid-dep=yes)
}
all() {
    local wave n queue busy
    command -v sbatch >/dev/null || { echo 'sbatch is missing: these are jobs of Slurm' >&2; exit 1; }
    mkdir -p "$folder"
    # two jobs must not make the same file
    if [ -s "$folder/jobs" ]; then
        queue=$(squeue --noheader --format='%A %F') || { echo 'squeue does not say what is in the queue: nothing is submitted' >&2; exit 1; }
        busy=$(tr ' ' '\n' <<<"$queue" | { grep -xF -f "$folder/jobs" || true; } | { grep -vxF "${SLURM_JOB_ID:--}" || true; } | sort -u | paste -sd ' ')
        [ -z "$busy" ] || { echo "jobs for $folder are in the queue already; to end them: scancel $busy" >&2; exit 1; }
    fi
    rm -f "$folder/failed"
    trap '[ ${#submitted[@]} = 0 ] || scancel "${submitted[@]}"' EXIT # all of them or none
    for ((wave = 1; wave <= waves; wave++)); do
        n=$(tasks | grep -c "^$wave	")
        submit "$wave" "$wave" --array="0-$(((n < most ? n : most) - 1))" --output="$folder/$wave-%A_%a.out"
    done
    submit last last --output="$folder/last-%A.out"
    printf '%s\n' "${submitted[@]}" >"$folder/jobs"
    trap - EXIT
    echo "submitted: ${submitted[*]}; what they say is in $folder"
}

# failed WHAT OUTPUT: for the folder's list
failed() {
    { echo "$1 failed on $(hostname), $2 ends:"; tail -n 5 "$2" | sed 's/^/    /'; } >>"$folder/failed"
    exit 1
}
# make_files: the $files of $goal. A minute before its time is up a job has a signal: if the training has written a state by then, it goes back to the
# queue, to go on in a new turn; without one it would never come to an end.
turned=0
turn() {
    local f state
    for f in $files; do
        state=${f%/*}/.${f##*/}.state
        [ -e "$state" ] && [ "$(stat -c %Y "$state")" -ge "$begun" ] || continue
        if scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; then
            turned=1
            echo "$f: the time is up: goes on in a new turn"
        else
            echo "$f: the time is up, and the queue does not take it back ($(hostname))" | tee -a "$folder/failed"
        fi
        return 0 # not the status of the wait that the signal has ended
    done
    echo "$files: the time is up, and there is no state to go on from ($(hostname))" | tee -a "$folder/failed"
}
# attended COMMAND...: runs it so that a signal is heard in its course
attended() {
    local process status=0
    "$@" </dev/null &
    process=$!
    wait "$process" || status=$?
    while kill -0 "$process" 2>/dev/null; do # the signal has ended the wait alone
        status=0
        wait "$process" || status=$?
    done
    return "$status"
}
make_files() {
    local status=0 begun
    begun=$(date +%s)
    trap turn USR1
    attended "${pipeline[@]}" "part-$goal" FILES="$files" || status=$?
    [ "$status" = 0 ] || [ "$turned" = 1 ] || failed "$files" "$folder/$1-${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID.out"
    return "$status"
}

# last: further waves, or the pipeline as a whole
last() {
    local status=0
    trap 'echo "mctools $verb: the time of the last job is up: bash $script goes on ($(hostname))" | tee -a "$folder/failed"' USR1
    if [ "$round" -lt 5 ]; then # more is a stage that is never done
        "${rest[@]}" || status=$?
        case $status in
        0) bash "$folder/round-$((round + 1)).sh" && return ;; # where jobs may not submit any, this one does what is left
        3) ;;
        *) return "$status" ;;
        esac
    fi
    attended "${pipeline[@]}" "$verb"
}
case ${1-} in
'') all ;;
last) last || failed "mctools $verb" "$folder/last-$SLURM_JOB_ID.out" ;;
*)
    i=-1
    while IFS=$'\t' read -r wave goal files; do
        [ "$wave" = "$1" ] || continue
        i=$((i + 1))
        [ $((i % most)) != "$SLURM_ARRAY_TASK_ID" ] || make_files "$1"
    done < <(tasks)
    ;;
esac
E
} >"$work/submit.sh"
script=$folder/submit.sh
[ "$round" = 1 ] || script=$folder/slurm/round-$round.sh
mkdir -p "$folder"
cp "$work/submit.sh" "$script.part"
mv -f "$script.part" "$script"
echo "$script: $(wc -l <"$work/waves") jobs in $(cut -f 1 "$work/waves" | uniq | wc -l) waves, and the last one; submit them by: bash $script"
