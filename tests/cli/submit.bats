#!/usr/bin/env bats
# mctools submit: a pipeline as jobs of Slurm. A stand-in runs them at once, in the order in which they are submitted; make slurm has a real one.
load common
load pipelines

setup_file() {
    export F="$BATS_FILE_TMPDIR"
    "$B/mc-synth" --tokenizer "$F/bert" --kind bert
    sed -i -e 's/"hidden_size": [0-9]*/"hidden_size": 16/' -e 's/"num_hidden_layers": [0-9]*/"num_hidden_layers": 1/' "$F/bert/config.json"
    "$B/mc-init" "$F/bert/config.json" -t "$F/bert" --seed-init 1 | "$B/mc-export" "$F/model" -t "$F/bert"
    "$B/mc-synth" --task sentiment --split train -n 96 > "$F/train.tsv"
    "$B/mc-synth" --task sentiment --split dev -n 40 > "$F/dev.tsv"
}
small() { given=(MODEL="$F/model" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" POINTS=2 RECIPE='--steps 2' OUT=out); }
M() { "$bin/mctools" "$@"; }
# In $T, with a sbatch that runs every task of a job at once, and a squeue that has the jobs in the file `queue`.
stand_in() {
    mkdir -p "$T/slurm" "$T/at"
    cat > "$T/slurm/sbatch" << E
#!/bin/bash
echo "\$*" >> "$T/sbatch.log"
id=\$((\$(wc -l < "$T/sbatch.log") + 100)) last=''
while [[ \$1 = -* ]]; do
    case \$1 in --array=0-*) last=\${1#--array=0-} ;; --output=*) output=\${1#*=} ;; esac
    shift
done
[ ! -e "$T/failures" ] || { echo \$id; exit; } # as --dependency says
export SLURM_JOB_ID=\$id SLURM_ARRAY_JOB_ID=\$id
for ((k = 0; k <= \${last:-0}; k++)); do
    o=\${output//%A/\$id}
    SLURM_ARRAY_TASK_ID=\$k bash "\$@" > "\${o//%a/\$k}" 2>&1 || echo "\$id \$k" >> "$T/failures"
done
echo \$id
E
    printf '#!/bin/bash\ncat "%s/queue" 2> /dev/null || true\n' "$T" > "$T/slurm/squeue"
    printf '#!/bin/bash\necho "$@" >> "%s/cancelled"\n' "$T" > "$T/slurm/scancel"
    chmod +x "$T/slurm"/*
    PATH="$T/slurm:$PATH"
    cd "$T/at"
}

@test "waves: what waits for nothing first, two jobs never the same file, the lines behind their ends" {
    stand_in
    small
    M submit path "${given[@]}" METHOD='full head' SLURM='-p long --time=1:00' > said
    [ "$(cat said)" = 'out/submit.sh: 8 jobs in 3 waves, and the last one; submit them by: bash out/submit.sh' ]
    [ ! -e "$T/sbatch.log" ]
    grep -qx '#SBATCH -p long --time=1:00' out/submit.sh
    sed -n "/<<'TASKS'/,/^TASKS/p" out/submit.sh | sed '1d;$d' > tasks
    diff tasks - << 'E'
1	path	out/base.st.gz
1	path	out/train.tok.gz out/dev.tok.gz
2	path	out/full/seed-1.st.gz
2	path	out/full/seed-2.st.gz
2	path	out/head/seed-1.st.gz
2	path	out/head/seed-2.st.gz
3	path	out/full/path-1-2.tsv
3	path	out/head/path-1-2.tsv
E
}
@test "the jobs make what the pipeline makes, from any folder; then nothing is left" {
    stand_in
    small
    M path "${given[@]}" > said 2>&1
    mv out whole
    M submit path "${given[@]}"
    (cd out && bash submit.sh) > said
    [ "$(cat said)" = 'submitted: 101 102 103 104; what they say is in out/slurm' ]
    [ ! -e "$T/failures" ]
    [ "$(paste -sd ' ' out/slurm/jobs)" = '101 102 103 104' ]
    grep -c -- '--dependency=afterok:10[123] --kill-on-invalid-dep=yes' "$T/sbatch.log" | grep -qx 3
    for f in whole/*.st.gz whole/barrier.tsv whole/each-1-2.tsv; do cmp "$f" "out/${f##*/}"; done
    [ -s out/report.html ]
    M submit path "${given[@]}" OUT='a,b=c' TRAIN="$F/train.tsv"
    (cd / && bash "$T/at/a,b=c/submit.sh")
    [ ! -e "$T/failures" ]
    cmp whole/seed-2.st.gz 'a,b=c/seed-2.st.gz'
    : > "$T/sbatch.log"
    M submit path "${given[@]}" 2> said
    grep -qx 'mctools: nothing is to be made' said
    [ ! -s "$T/sbatch.log" ]
    files_of out | grep -v slurm > before
    bash out/submit.sh # nothing is made again
    diff before <(files_of out | grep -v slurm)
}
@test "what is found first is computed in a further round" {
    stand_in
    q=(MODEL="$F/model" TRAIN="$F/train.tsv" DEV="$F/dev.tsv" OUT=out PAIRS=1-2 ONLY='order curves' Q1_POINTS=3 Q1_RATE_full=1e-2 Q1_RECIPE='--epochs 1' Q1_CURVE='--epochs 1')
    M submit q1 "${q[@]}"
    grep -q curve-order out/submit.sh && return 1
    bash out/submit.sh
    [ ! -e "$T/failures" ]
    grep -q $'\trun-q1-curves\tout/q1/curve-order-1-2.st.gz' out/slurm/round-2.sh
    grep -q '^curve-order' out/q1/q1.tsv
    [ ! -e out/slurm/round-3.sh ]
}
@test "a job that fails tells what and why" {
    stand_in
    small
    M submit path "${given[@]}" RECIPE='--steps 8 --lr 1e30'
    bash out/submit.sh
    grep -q '^out/seed-1.st.gz failed on .*, out/slurm/2-102_0.out ends:$' out/slurm/failed
    grep -q '^    mc-finetune: error: ' out/slurm/failed
    [ ! -e out/seed-1.st.gz ]
    [ "$(ls out/slurm/*.out | wc -l)" -eq 4 ] # of two waves
}
@test "a job whose time is up, of a stage without a state, tells so" {
    stand_in
    small
    printf '#!/bin/bash\ntouch begun; until [ -e go ]; do sleep .05; done\nexec "$@"\n' > slow
    chmod +x slow
    M submit path "${given[@]}" RUN=./slow
    mkdir out/slurm
    SLURM_JOB_ID=5 SLURM_ARRAY_JOB_ID=5 SLURM_ARRAY_TASK_ID=0 bash out/submit.sh 1 > said 2>&1 3>&- &
    until [ -e begun ]; do sleep .05; done
    kill -USR1 $!
    until [ -s out/slurm/failed ]; do sleep .05; done
    touch go
    wait $!
    grep -q '^out/base.st.gz: the time is up, and there is no state to go on from (' out/slurm/failed
    [ -s out/base.st.gz ]
}
@test "a job whose time is up and that has a state goes back to the queue, which may refuse; its stage runs on until it is ended" {
    stand_in
    small
    M submit path "${given[@]}" > said
    local status
    for status in 0 1; do
        rm -rf out/slurm out/base.st.gz began go
        mkdir -p out/slurm
        printf '#!/bin/bash\nexit %d\n' "$status" > "$T/slurm/scontrol"
        printf '#!/bin/bash\ntouch out/.base.st.gz.state began; until [ -e go ]; do sleep .05; done\nexec "$@"\n' > slow
        chmod +x slow "$T/slurm/scontrol"
        M submit path "${given[@]}" RUN=./slow > said
        SLURM_JOB_ID=5 SLURM_ARRAY_JOB_ID=5 SLURM_ARRAY_TASK_ID=0 bash out/submit.sh 1 > out/slurm/1-5_0.out 2>&1 3>&- &
        until [ -e began ]; do sleep .05; done
        kill -USR1 $!
        until grep -q 'time is up' out/slurm/1-5_0.out; do sleep .05; done
        kill -0 $!
        touch go
        wait $!
        [ -s out/base.st.gz ]
        if [ "$status" = 0 ]; then
            grep -q 'out/base.st.gz: the time is up: goes on in a new turn' out/slurm/1-5_0.out
            [ ! -e out/slurm/failed ]
        else
            grep -q 'the queue does not take it back' out/slurm/failed
        fi
    done
}
@test "a queue that does not answer, options of the script's own, options of make: nothing is submitted" {
    stand_in
    small
    M submit path "${given[@]}" > said
    mkdir -p out/slurm
    echo 77 > out/slurm/jobs
    printf '#!/bin/bash\necho unable >&2; exit 1\n' > "$T/slurm/squeue"
    run bash out/submit.sh
    [ "$status" -eq 1 ]
    [[ "$output" == *'squeue does not say'* ]]
    [ ! -e "$T/sbatch.log" ]
    for k in -e '--error=err.txt' -J '--job-name=x'; do one_line 2 "$k is the script's own" -- M submit path "${given[@]}" SLURM="$k x"; done
    one_line 2 '--array=0-3' -- M submit path "${given[@]}" SLURM='-p long --array=0-3'
    one_line 2 '--jobs=4' -- M submit path "${given[@]}" --jobs=4
}
@test "while jobs are in the queue nothing is submitted" {
    stand_in
    small
    M submit path "${given[@]}"
    mkdir -p out/slurm
    echo 77 > out/slurm/jobs
    echo 77 > "$T/queue"
    run bash out/submit.sh
    [ "$status" -eq 1 ]
    [ "$output" = 'jobs for out/slurm are in the queue already; to end them: scancel 77' ]
    [ ! -e "$T/sbatch.log" ]
}
@test "if one job is refused, those before it are cancelled" {
    stand_in
    small
    M submit path "${given[@]}"
    sed -i '2a case $* in *-last*) echo "sbatch: error: no" >&2; exit 1 ;; esac' "$T/slurm/sbatch"
    run bash out/submit.sh
    [ "$status" -eq 1 ]
    [ "$(cat "$T/cancelled")" = '101 102 103' ]
    [ ! -e out/slurm/jobs ]
}
@test "what cannot be submitted: one line, and no script" {
    stand_in
    small
    one_line 2 'submit what?' -- M submit
    one_line 2 'report is no pipeline' -- M submit report OUT=out
    one_line 2 '-n: options of make' -- M submit path "${given[@]}" -n
    one_line 2 'SLURM= has more than one line' -- M submit path "${given[@]}" SLURM=$'-p long\nrm'
    one_line 2 'mctools: FNORD= is no variable of mctools path' -- M submit path "${given[@]}" FNORD=1
    [ ! -e out/submit.sh ]
    M submit path "${given[@]}"
    mkdir "$T/few"
    ln -s "$(command -v readlink)" "$T/few"
    PATH="$T/few" run "$BASH" out/submit.sh
    [ "$status" -eq 1 ]
    grep -q 'sbatch is missing' <<< "$output"
}
@test "RUN runs a stage as a whole, with its pipes; another one makes nothing again" {
    cd "$T"
    small
    printf '#!/bin/bash\nprintf "%%s\\n" "$#" >> "%s/runs"\nexec "$@"\n' "$T" > run
    chmod +x run
    M path "${given[@]}" RUN=./run > said 2>&1
    [ "$(sort -u runs)" = 5 ] # bash -euo pipefail -c COMMAND
    [ "$(wc -l < runs)" -eq 7 ] # import, two token sets, two trainings, the line, the distance
    M path "${given[@]}" > said 2>&1
    grep -q mc- said && return 1
    cp -r "$F/model" "a # \$(b) 'c'"
    M path "${given[@]}" MODEL="a # \$(b) 'c'" OUT=other RUN=./run > said 2>&1
    cmp out/seed-2.st.gz other/seed-2.st.gz
}
@test "models of different families of kernels are told, and which" {
    MC_KERNELS=v3 "$B/mc-eval" --version > /dev/null 2>&1 || skip 'this processor has one family'
    cd "$T"
    small
    printf '#!/bin/bash\ncase "$*" in *-o*seed-1*) export MC_KERNELS=base ;; *) export MC_KERNELS=v3 ;; esac\nexec "$@"\n' > node
    chmod +x node
    M path "${given[@]}" RUN=./node > said 2>&1
    grep '^models were trained with different families of kernels, which differ in the last digits: ' said > told
    grep -q '+base: out/seed-1' told
    grep -q '+v3: out/seed-2' told
    grep -q 'trained with different families of kernels' out/report.html
    M path "${given[@]}" OUT=one RUN='env MC_KERNELS=v3' > said 2>&1
    grep -q families said one/report.html && return 1
    true
}
