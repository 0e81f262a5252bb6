# Jobs beside each other, as many as there are processors; sourced by the scripts that run tests.
#   job NAME COMMAND...   starts a job once there is a place for it; waits until then
#   all_jobs              waits for the rest
# As a job ends, `finished NAME LOG STATUS SECONDS` is called, a function of the script; LOG holds what it printed.
# Each job is a process group: what it has left running ends with the script, also when that is interrupted.
set -m
jobs_dir=$(mktemp -d)
declare -A job_name=() job_begun=()
trap 'end_jobs' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

end_jobs() {
    local group
    for group in "${!job_name[@]}"; do kill -TERM -- "-$group" 2>/dev/null; done
    wait
    rm -rf "$jobs_dir"
}

job() {
    local name=$1
    shift
    [ ${#job_name[@]} -lt "$(nproc)" ] || next_job
    "$@" >"$jobs_dir/$name" 2>&1 </dev/null &
    job_name[$!]=$name job_begun[$!]=$SECONDS
}

next_job() {
    local group status name
    wait -n -p group "${!job_name[@]}"
    status=$?
    name=${job_name[$group]}
    finished "$name" "$jobs_dir/$name" "$status" $((SECONDS - job_begun[$group]))
    rm -f "$jobs_dir/$name"
    unset "job_name[$group]" "job_begun[$group]"
}

all_jobs() {
    while [ ${#job_name[@]} -gt 0 ]; do next_job; done
}
