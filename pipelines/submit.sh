#!/usr/bin/env bash
# The stages of a pipeline as jobs of Slurm: FOLDER/submit.sh, which submits itself.
#   submit.sh HOME PROGRAMS VERB NAME=VALUE...      HOME: the folder of pipelines/ and plots/
#
# make says what is to be made and what waits for what (-n, PLAN=1); submit.awk puts it into waves.
set -euo pipefail
home=$1 programs=$2 verb=$3 slurm='' given=()
shift 3
say() {
    echo "mctools: $2" >&2
    exit "$1"
}
for word; do
    case $word in
    SLURM=*) slurm=${word#SLURM=} ;;
    *=*) given+=("$word") ;;
    *) say 2 "$word is no NAME=VALUE: options of make are of no use to jobs (mctools help submit)" ;;
    esac
done
case $slurm in
*$'\n'*) say 2 'SLURM= has more than one line' ;;
esac
work=$(mktemp -d)
trap 'trap "" HUP INT TERM; rm -rf "$work"' EXIT

make --no-print-directory -f "$home/pipelines/mctools.mk" TOOL="$programs" -n PLAN=1 "$verb" "${given[@]}" >"$work/plan"
folder=$(awk -F '\t' '$1 == "plan" { print $3; exit }' "$work/plan")
if [ -z "$folder" ]; then
    echo "mctools: nothing is to be made" >&2
    exit
fi
awk -F '\t' -f "$home/pipelines/submit.awk" "$work/plan" >"$work/waves"

# quoted WORD...: words of the shell
quoted() { [ $# = 0 ] || printf '%q ' "$@"; }
{
    cat <<E
#!/usr/bin/env bash
#SBATCH --requeue --open-mode=append
${slurm:+#SBATCH $slurm
}# Jobs of Slurm for: mctools $verb $(quoted "${given[@]}")
E
    cat <<'E'
# Written by mctools submit.
#
#   bash submit.sh           submits everything
#   bash submit.sh waves     but for the last job
#
# Every wave is an array of jobs, which begins when all of the wave before have succeeded. The last job runs the pipeline as a whole: it makes
# tables, figures and page, and what is left, one behind the other. What a job says is in the folder slurm beside the results, and why
# one failed in slurm/failed; jobs that wait for it are cancelled then. Submitted again, this script does what is missing, and trainings
# that were ended go on from their last state.
#
# What is made only once something else has been found, such as curves of lines that are not connected, is in no wave yet, but in the last
# job. To spread it too, submit the waves, and when they are done run mctools submit again.
set -euo pipefail
E
    printf 'cd %q\n' "$PWD"
    printf 'folder=%q name=%q\n' "$folder/slurm" "mctools-$verb"
    printf 'pipeline=(make --no-print-directory -f %q TOOL=%q %s)\n' "$home/pipelines/mctools.mk" "$programs" "$(quoted "${given[@]}")"
    printf 'verb=%s waves=%d\n' "$verb" "$(tail -n 1 "$work/waves" | cut -f 1)"
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
    local wave n busy
    command -v sbatch >/dev/null || { echo 'sbatch is missing: these are jobs of Slurm' >&2; exit 1; }
    script=$(readlink -f "$0")
    mkdir -p "$folder"
    # two jobs must not make the same file
    if [ -s "$folder/jobs" ]; then
        busy=$(squeue --noheader --format=%A --jobs="$(paste -sd , "$folder/jobs")" 2>/dev/null | sort -u | paste -sd ' ')
        [ -z "$busy" ] || { echo "jobs for $folder are in the queue already; to end them: scancel $busy" >&2; exit 1; }
    fi
    rm -f "$folder/failed"
    trap '[ ${#submitted[@]} = 0 ] || scancel "${submitted[@]}"' EXIT # all of them or none
    for ((wave = 1; wave <= waves; wave++)); do
        n=$(tasks | grep -c "^$wave	")
        submit "$wave" "$wave" --array="0-$(((n < most ? n : most) - 1))" --output="$folder/$wave-%A_%a.out"
    done
    [ "$1" = waves ] || submit last last --output="$folder/last-%A.out"
    printf '%s\n' "${submitted[@]}" >"$folder/jobs"
    trap - EXIT
    echo "submitted: ${submitted[*]}; what they say is in $folder"
}

# failed WHAT OUTPUT: for the folder's list
failed() {
    { echo "$1 failed on $(hostname), $2 ends:"; tail -n 5 "$2" | sed 's/^/    /'; } >>"$folder/failed"
    exit 1
}
case ${1:-all} in
all | waves) all "${1:-all}" ;;
last) "${pipeline[@]}" "$verb" || failed "mctools $verb" "$folder/last-$SLURM_JOB_ID.out" ;;
*)
    i=-1
    while IFS=$'\t' read -r wave goal files; do
        [ "$wave" = "$1" ] || continue
        i=$((i + 1))
        [ $((i % most)) = "$SLURM_ARRAY_TASK_ID" ] || continue
        "${pipeline[@]}" "part-$goal" $files </dev/null || failed "$files" "$folder/$1-${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID.out"
    done < <(tasks)
    ;;
esac
E
} >"$work/submit.sh"
mkdir -p "$folder"
cp "$work/submit.sh" "$folder/submit.sh.part"
mv -f "$folder/submit.sh.part" "$folder/submit.sh"
jobs=$(wc -l <"$work/waves")
echo "$folder/submit.sh: $jobs jobs in $(cut -f 1 "$work/waves" | uniq | wc -l) waves, and the last one; submit them by: bash $folder/submit.sh"
