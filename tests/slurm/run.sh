#!/usr/bin/env bash
# The pipelines on a real Slurm: a controller and two nodes on this machine, of Debian's packages, in a folder, on ports and with a key of
# their own. What they make is what a run without Slurm makes. Ends with a line "N passed, N failed".
#   BIN=build/bin tests/slurm/run.sh
set -uo pipefail
cd "$(dirname "$0")/../.."
for p in slurmctld slurmd sbatch munged; do
    PATH=$PATH:/usr/sbin:/sbin
    command -v $p >/dev/null || { echo "skipped: $p is not there"; echo '0 passed, 0 failed'; exit; }
done
unset MAKEFLAGS MFLAGS MAKELEVEL
bin=$(cd "$BIN" && pwd)
mctools=$bin/mctools
dir=$(mktemp -d)
export SLURM_CONF=$dir/slurm.conf
daemons=()

# Whatever was started goes: the jobs, the daemons, and what else of this cluster there may be, which has its SLURM_CONF.
finish() {
    scancel --user="$(id -un)" 2>/dev/null
    for d in "${daemons[@]}"; do kill "$d" 2>/dev/null; done
    wait
    for p in /proc/[0-9]*; do
        p=${p#/proc/}
        [ "$p" != $$ ] && [ "$p" != "$BASHPID" ] && grep -zqsxF "SLURM_CONF=$SLURM_CONF" "/proc/$p/environ" && kill -9 "$p" 2>/dev/null
    done
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# --- the cluster -----------------------------------------------------------------------------------------------
cluster() {
    local ports host
    host=$(hostname -s)
    read -r -a ports < <(python3 -c '
import socket
s = [socket.socket() for _ in range(3)]
for k in s: k.bind(("127.0.0.1", 0))
print(*(k.getsockname()[1] for k in s))')
    mkdir "$dir/munge" "$dir/state"
    chmod 755 "$dir" "$dir/munge"
    head -c 1024 /dev/urandom >"$dir/munge/key"
    chmod 600 "$dir/munge/key"
    cat >"$SLURM_CONF" <<E
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=3
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=1 RealMemory=1000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=1 RealMemory=1000
PartitionName=test Nodes=n1,n2 Default=YES State=UP
E
    if ! slurmd -V | grep -qE ' 2[0-2]\.'; then echo 'CgroupPlugin=disabled' >"$dir/cgroup.conf"; fi
    munged --foreground --force --socket="$dir/munge/socket" --key-file="$dir/munge/key" --log-file="$dir/munge/log" \
        --pid-file="$dir/munge/pid" --seed-file="$dir/munge/seed" >"$dir/munged.log" 2>&1 &
    daemons+=($!)
    for _ in {1..100}; do [ ! -S "$dir/munge/socket" ] || break; sleep .1; done
    slurmctld -D -i >"$dir/slurmctld.log" 2>&1 &
    daemons+=($!)
    for n in n1 n2; do
        mkdir "$dir/$n"
        slurmd -D -N $n >"$dir/$n.log" 2>&1 &
        daemons+=($!)
    done
    for _ in {1..100}; do
        [ "$(sinfo --noheader --format=%T 2>/dev/null)" != idle ] || return 0
        sleep .2
    done
    tail -n 5 "$dir"/*.log
    return 1
}

# --- what is run -----------------------------------------------------------------------------------------------
models() {
    cd "$dir" || return
    "$bin/mc-synth" --tokenizer bert --kind bert &&
        sed -i -e 's/"hidden_size": [0-9]*/"hidden_size": 16/' -e 's/"num_hidden_layers": [0-9]*/"num_hidden_layers": 1/' bert/config.json &&
        "$bin/mc-init" bert/config.json -t bert --seed-init 1 | "$bin/mc-export" model -t bert &&
        "$bin/mc-synth" --task sentiment --split train -n 96 >train.tsv &&
        "$bin/mc-synth" --task sentiment --split dev -n 40 >dev.tsv
}
given=(MODEL="$dir/model" TRAIN="$dir/train.tsv" DEV="$dir/dev.tsv")
small=("${given[@]}" POINTS=3 RECIPE='--epochs 1 --batch 32 --lr 1e-2')
# in_folder NAME COMMAND...: results of the same name in folders of their own have the same names of files in them
in_folder() {
    mkdir -p "$dir/$1"
    (cd "$dir/$1" && shift && "$@")
}
# same A B FOLDER: models, tables and figures are the same bytes, but for what tells seconds
same() {
    local f n=0
    cd "$dir/$1/$3" || return
    while read -r f; do
        case $f in
        *.tsv) cmp <(timeless "$f") <(timeless "$dir/$2/$3/$f") || { echo "$f differs"; return 1; } ;;
        *) cmp "$f" "$dir/$2/$3/$f" || return 1 ;;
        esac
        n=$((n + 1))
    done < <(find . -name '*.st.gz' -o -name '*.tok.gz' -o -name '*.tsv' -o -name '*.svg')
    [ $n -gt 0 ]
}
timeless() {
    awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) out[i] = $i ~ /seconds|_s$|_mb$/ }
        { for (i = 1; i <= NF; i++) if (!out[i]) printf "%s\t", $i; print "" }' "$1"
}
# emptied: no job is left in the queue
emptied() {
    for _ in {1..600}; do
        [ -n "$(squeue --noheader)" ] || return 0
        sleep .1
    done
    squeue
    return 1
}
succeeded() { # all that FOLDER's jobs did
    emptied && [ ! -e "$1/slurm/failed" ] || { cat "$1"/slurm/failed "$1"/slurm/last*; return 1; }
}

by_srun() {
    in_folder plain "$mctools" path "${small[@]}" OUT=out &&
        in_folder srun "$mctools" path "${small[@]}" OUT=out RUN='srun -n1 -c1' -j2 &&
        same plain srun out
}
grid() {
    local g=("${small[@]}" LR='1e-3 1e-2' PAIRS='1-2 1-3' OUT=grid)
    in_folder plain "$mctools" path "${g[@]}" &&
        in_folder jobs "$mctools" submit path "${g[@]}" SLURM='-n1 -c1' &&
        in_folder jobs grep -qx '#SBATCH -n1 -c1' grid/submit.sh &&
        in_folder jobs bash grid/submit.sh || return
    if in_folder jobs bash grid/submit.sh 2>"$dir/said"; then echo 'was submitted twice'; return 1; fi
    grep -q 'in the queue already; to end them: scancel' "$dir/said" &&
        in_folder jobs succeeded grid &&
        same plain jobs grid &&
        in_folder jobs "$mctools" submit path "${g[@]}" 2>&1 | grep -qx 'mctools: nothing is to be made'
}
# Curves are known once the lines are done: a second round.
question_1() {
    local q=("${given[@]}" TEST="$dir/dev.tsv" OUT=q PAIRS=1-2 ONLY='order curves' Q1_POINTS=3 Q1_RATE_full=1e-2 Q1_RECIPE='--epochs 1' Q1_CURVE='--epochs 1')
    in_folder plain "$mctools" q1 "${q[@]}" &&
        in_folder jobs "$mctools" submit q1 "${q[@]}" &&
        in_folder jobs bash q/submit.sh &&
        in_folder jobs succeeded q &&
        [ -e "$dir/jobs/q/slurm/round-2.sh" ] &&
        same plain jobs q/q1
}
long=("${given[@]}" POINTS=2 RECIPE='--steps 1000 --batch 8 --lr 1e-3' CHECKPOINT_EVERY=.05 OUT=long)
# As RUN: the first training of each model stops where it has written a state.
stopping() {
    cat >"$dir/stopping" <<'E'
#!/usr/bin/env bash
state=$(grep -o "[^' ]*\.state" <<<"$*" | head -n 1)
[ -n "$state" ] && [ ! -e "$state.stopped" ] || exec "$@"
nice -n 19 "$@" &
until [ -e "$state" ]; do
    kill -0 $! || exit 99 # it has ended before it could be stopped
    sleep .002
done
kill -STOP $! $(cat /proc/$!/task/$!/children)
touch "$state.stopped"
wait
E
    chmod +x "$dir/stopping"
}
# half_done FOLDER: both trainings of a run that is submitted there have stopped
half_done() {
    stopping
    in_folder "$1" "$mctools" submit path "${long[@]}" RUN="$dir/stopping" && in_folder "$1" bash long/submit.sh || return
    for _ in {1..600}; do
        [ "$(find "$dir/$1/long" -name '*.stopped' | wc -l)" -lt 2 ] || return 0
        sleep .1
    done
    return 1
}
# went_on FOLDER: both trainings did, and the results are those of a run that nothing ended
went_on() {
    in_folder "$1" succeeded long &&
        [ "$(cat "$dir/$1"/long/slurm/2-*.out | grep -c '^mc-finetune: .*: goes on after step [1-9]')" = 2 ] &&
        same plain "$1" long
}
# One training is cancelled, which cancels what waits for it; both go on when they are submitted again.
cancelled() {
    in_folder plain "$mctools" path "${long[@]}" -j2 || return
    half_done jobs && scancel "$(sed -n 2p "$dir/jobs/long/slurm/jobs")" && emptied && [ ! -e "$dir/jobs/long/seed-1.st.gz" ] &&
        in_folder jobs bash long/submit.sh && went_on jobs
}
# The signal that Slurm sends before the time is up: the job is back in the queue, and nothing has failed.
time_up() {
    half_done turns && scancel --signal=USR1 --batch "$(sed -n 2p "$dir/turns/long/slurm/jobs")" && went_on turns &&
        [ "$(cat "$dir"/turns/long/slurm/2-*.out | grep -c 'goes on in a new turn')" = 2 ]
}
failing() {
    in_folder failing "$mctools" submit path "${given[@]}" OUT=out RECIPE='--lr 1e30 --steps 8' && in_folder failing bash out/submit.sh && emptied || return
    cat "$dir/failing/out/slurm/failed"
    grep -q '^out/seed-[12].st.gz failed on .*, out/slurm/2-[0-9]*_[01].out ends:$' "$dir/failing/out/slurm/failed" &&
        grep -q '^    mc-finetune: error: .*step' "$dir/failing/out/slurm/failed" &&
        [ ! -e "$dir/failing/out/barrier.tsv" ] && ! ls "$dir"/failing/out/slurm/last* 2>/dev/null
}
# As nodes of two kinds.
families() {
    MC_KERNELS=v3 "$bin/mc-eval" --version >/dev/null 2>&1 || { echo 'one family only: not tried'; return 0; }
    printf '#!/bin/sh\ncase "$*" in *-o*seed-1*) export MC_KERNELS=base ;; *) export MC_KERNELS=v3 ;; esac\nexec "$@"\n' >"$dir/node"
    chmod +x "$dir/node"
    in_folder two "$mctools" submit path "${small[@]}" OUT=out RUN="$dir/node" && in_folder two bash out/submit.sh && in_folder two succeeded out &&
        grep '^models were trained with different families of kernels' "$dir"/two/out/slurm/last-*.out >"$dir/said" &&
        grep -q '+v3: out/seed-2' "$dir/said" && grep -q '+base: out/seed-1' "$dir/said" &&
        grep -q 'trained with different families' "$dir/two/out/report.html"
}

passed=0 failed=0
try() {
    local name=$1 begun=$SECONDS
    shift
    if ("$@") >"$dir/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok $name ($((SECONDS - begun)) s)"
    else
        failed=$((failed + 1))
        echo "not ok $name ($((SECONDS - begun)) s)"
        tail -n 30 "$dir/log"
        scancel --user="$(id -un)" 2>/dev/null
        emptied
    fi
}
cluster && models || { echo 'the cluster does not begin'; echo '0 passed, 1 failed'; exit 1; }
cd "$dir"
try 'RUN=srun and -j2: the bytes of a run without Slurm' by_srun
try 'submit path, a grid: the same, and no job twice' grid
try 'submit q1: curves in a second round' question_1
try 'a cancelled training goes on when it is submitted again' cancelled
try 'a training whose time is up goes back to the queue' time_up
try 'a job that fails cancels what waits for it, and says why' failing
try 'families of kernels that differ are told' families
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
