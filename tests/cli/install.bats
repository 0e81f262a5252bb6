#!/usr/bin/env bats
# make install and uninstall; the command mctools, installed and from the source tree.
load common
load pipelines

setup_file() { # installed in $I, with tiny models and texts in $F
    export F="$BATS_FILE_TMPDIR" I="$BATS_FILE_TMPDIR/root/opt"
    cd "$BATS_TEST_DIRNAME/../.."
    unset MAKEFLAGS MFLAGS MAKELEVEL SAN V ISAL ONEDNN
    installed run-install > /dev/null
    "$B/mc-synth" --tokenizer "$F/lang"
    sed -e 's/"hidden_size": [0-9]*/"hidden_size": 16/' -e 's/"num_hidden_layers": [0-9]*/"num_hidden_layers": 1/' "$F/lang/config.json" > "$F/config.json"
    for k in 1 2; do "$B/mc-init" "$F/config.json" -t "$F/lang" --seed-init $k --labels negative,positive -o "$F/$k.st.gz"; done
    "$B/mc-synth" --task sentiment --split dev -n 120 > "$F/dev.tsv"
}
# installed GOAL [VARIABLE=VALUE]...: into $F/root, of what is built
installed() { make -s "$1" BUILD="$(cd "$B/.." && pwd)" DESTDIR="$F/root" PREFIX=/opt "${@:2}"; }
M() { "$I/bin/mctools" "$@"; }

@test "installed programs run, and so do the pipelines, in the user's folder" {
    cd "$T"
    cp "$F"/?.st.gz "$F/dev.tsv" .
    M path A=1.st.gz B=2.st.gz TOKENIZER="$F/lang" DEV=dev.tsv OUT=here POINTS=3 > said
    grep -q '^here/path-A-B.tsv, dev: ' said
    [ -s here/barrier.tsv ]
    [ -s here/path.svg ]
    [ "$(ls)" = "$(printf '%s\n' 1.st.gz 2.st.gz dev.tsv here said)" ]
    M report here > said
    grep -q 'here/report.html' said
    files_of here > before
    M path A=1.st.gz B=2.st.gz TOKENIZER="$F/lang" DEV=dev.tsv OUT=here POINTS=3 -j 2 > said
    [ "$(files_of here)" = "$(cat before)" ]
}
@test "where the tools lie changes no result: the source tree makes nothing anew" {
    M path A="$F/1.st.gz" B="$F/2.st.gz" TOKENIZER="$F/lang" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 > /dev/null
    files_of "$T/out" > "$T/before"
    make run-path TOOL="$bin" A="$F/1.st.gz" B="$F/2.st.gz" TOKENIZER="$F/lang" DEV="$F/dev.tsv" OUT="$T/out" POINTS=3 > "$T/said" 2>&1
    [ "$(files_of "$T/out")" = "$(cat "$T/before")" ]
}
@test "from the source tree: tools/mctools and build/bin/mctools" {
    [ "$(tools/mctools help q1)" = "$(M help q1)" ]
    [ "$("$bin/mctools" help)" = "$(M help)" ]
    cd "$T"
    "$bin/mctools" verdict A="$F/1.st.gz" B="$F/2.st.gz" TOKENIZER="$F/lang" DEV="$F/dev.tsv" OUT=v -n > said
    grep -q mc-tokenize said
    [ ! -e v ]
}
@test "mctools help: every verb, its variables with their defaults, every program" {
    M help > "$T/help"
    for g in $(tail -n +2 pipelines/goals.tsv | cut -f 1); do
        grep -q "^  $g " "$T/help"
        M help "$g" > "$T/one"
        grep -q "^usage: mctools $g" "$T/one"
        for v in $(awk -F '\t' -v g="$g" 'NR > 1 && index(" " $1 " ", " " g " ") { print $2 }' pipelines/variables.tsv); do
            grep -q "^  $v=" "$T/one" || { echo "help $g lacks $v"; return 1; }
        done
    done
    M help path | grep -q '^  POINTS=26  *points'
    [ "$(M path --help)" = "$(M help path)" ]
    [ "$(M help mc-fold)" = "$("$bin/mc-fold" --help)" ]
    [ "$(M --version | head -n 1)" = "mctools $(sed -n 's/^#define MC_VERSION "\(.*\)"/\1/p' include/mc/cli.h)" ]
}
@test "what begins with the name of an interpreter may be executed" {
    local f first
    while read -r f; do
        IFS= read -rn 2 first < "$f" || true
        [ "$first" != '#!' ] || [ -x "$f" ] || { echo "$f"; return 1; }
    done < <(find "$I" -type f \( -name '*.sh' -o -path '*/bin/*' \))
}
@test "make help: every pipeline in the words of mctools help, and the other goals; each is a goal" {
    make help > "$T/help"
    local g
    for g in $(tail -n +2 pipelines/goals.tsv | cut -f 1); do
        [ "$g" != submit ] || continue # of mctools alone
        [ "$(grep "^  $g " "$T/help" | tr -s ' ')" = " $g $(awk -F '\t' -v g="$g" '$1 == g { print $3 }' pipelines/goals.tsv)" ]
    done
    [ "$(grep -c '^  path ' "$T/help")" -eq 1 ]
    for g in $(sed -n 's/^  \([a-z0-9]*\)  *.*/\1/p' "$T/help"); do
        grep -qE "^$g:|^\.PHONY: .*\b$g\b" Makefile pipelines/*.mk || { echo "$g is no goal"; return 1; }
    done
}
@test "mctools figure: the figures that pipelines draw, of tables of one's own" {
    cd "$T"
    "$bin/mc-interp" -n 3 "$F/1.st.gz" "$F/2.st.gz" | "$bin/mc-eval" -q -o table.tsv <("$bin/mc-tokenize" -q -t "$F/lang" "$F/dev.tsv")
    M figure path figure.svg --width 85mm table.tsv:line
    grep -q '<svg' figure.svg
    M help | grep -q '^  figure NAME .* path '
    one_line 2 'figure needs a name' 'path plane' -- M figure
    one_line 2 'paht is unknown' 'do you mean path?' -- M figure paht x.svg
    one_line 2 'args is unknown' -- M figure args # what the plots share draws nothing
}

@test "unknown words: one line with the nearest name, and 2" {
    one_line 2 paht 'do you mean path?' -- M paht A=x
    one_line 2 mc-interpp 'mc-interp?' -- M help mc-interpp
    one_line 2 'fnord is unknown' -- M fnord
    one_line 2 'a verb comes first' -- M -j2 path
    one_line 2 'mc-eval --help' -- M mc-eval
    one_line 2 '--threads is no option' -- M path --threads
    one_line 2 '-sC/tmp is no option' -- M path -sC/tmp
    one_line 2 'extra' -- M report out extra
    one_line 2 'one word' -- M help path extra
    M figure --help | grep -q '^  mctools figure path OUT'
    [ "$(M help figure | grep -c '^  mctools figure ')" -eq "$(grep -lE '^#   gnuplot -c plots/' plots/*.gp | wc -l)" ]
    one_line 2 'do you mean PAIRS=?' 'mctools path' -- M path PIARS=1-2
    one_line 2 'x is neither NAME=VALUE' 'mctools help path' -- M path x
    one_line 2 '-f' -- M path -f other.mk
    one_line 2 'mctools path needs' -- M path A=x
    one_line 2 'mctools q1 needs' -- M q1
    one_line 2 'no such folder' -- M report "$T/none"
    one_line 2 '-j0: a pipeline needs one job at least' -- M path A=x -j0
    one_line 2 '0: a pipeline needs one job at least' -- M path A=x -j 0
    echo text > "$T/file"
    one_line 2 "OUT=$T/file is a file" -- M path A=x B=y DEV="$T/file" OUT="$T/file"
    one_line 2 'RUN=nosuchcommand -n1: no command nosuchcommand' -- M path A=x B=y DEV="$T/file" OUT="$T/out" RUN='nosuchcommand -n1'
    M path A=x B=y DEV="$T/file" OUT="$T/out" RUN="'no such' x" 2>&1 | grep -q 'A=x: no such directory' # a quoted word is the shell's to find
    M help submit | grep -q 'bash OUT/submit.sh'
    run make run-install PREFIX="$T/a b"
    [ "$status" -ne 0 ]
    [ ! -e "$T/a b" ]
    local given
    for given in 'path TRAIN=x' 'path TRAIN=x -n -j 3 -k' 'submit path TRAIN=x'; do
        one_line 2 'DEV= is missing' -- M $given
        [ "$output" = 'mctools: DEV= is missing: mctools path needs MODEL=dir TRAIN=file DEV=file, or A=dir B=dir DEV=file' ]
    done
    run M
    [ "$status" -eq 2 ]
}
@test "what is missing where it runs is told in a line" {
    mkdir "$T/path"
    for p in sh dirname readlink awk tail cut; do ln -s "$(command -v $p)" "$T/path/$p"; done
    PATH="$T/path" one_line 1 'make is missing' -- M demo
    ln -s "$(command -v make)" "$T/path/make"
    PATH="$T/path" one_line 1 'gnuplot is missing' -- M demo
    mkdir -p "$T/half/bin" "$T/half/share/mctools"
    cp "$I/bin/mctools" "$T/half/bin"
    one_line 1 'no pipelines/mctools.mk' -- "$T/half/bin/mctools" demo
    cp -r pipelines "$T/half/share/mctools"
    one_line 1 'no programs in' -- "$T/half/bin/mctools" demo
    mv "$T/half" "$T/a half"
    one_line 1 blank -- "$T/a half/bin/mctools" demo
}
@test "every variable that a table names is read, and has its goals, value and meaning" {
    awk -F '\t' 'NR > 1 && (NF != 5 || $1 == "" || $2 == "" || $4 == "" || $5 == "") { print; bad = 1 } END { exit bad }' pipelines/variables.tsv
    for v in $(tail -n +2 pipelines/variables.tsv | cut -f 2 | sort -u); do
        case $v in *%) v=${v%\%} ;; METHODS_RATES_* | MODELS_*_* | Q1_RATE_*) continue ;; esac
        grep -q "$v" pipelines/*.mk pipelines/submit.sh || { echo "nothing reads $v"; return 1; }
    done
    [ "$(cut -f 1 pipelines/variables.tsv | tail -n +2 | tr ' ' '\n' | sort -u)" = "$(cut -f 1 pipelines/goals.tsv | tail -n +2 | sort)" ]
}
# links_of FOLDER: every link of its documents that leads to no address elsewhere leads to a file there, and to a heading if it names one
links_of() {
    python3 - "$1" << 'P'
import os, re, sys
top = sys.argv[1]
def text(name):
    lines, code = [], False
    for line in open(name):
        if line.lstrip().startswith("```"): code = not code
        elif not code: lines.append(line)
    return "".join(lines)
def anchors(name): # as they are made of headings
    seen = {}
    for h in re.findall(r"^#+ +(.*)$", text(name), re.M):
        h = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", h).strip().lower()
        h = re.sub(r"[^\w\- ]", "", h).replace(" ", "-")
        n = seen.get(h, 0)
        seen[h] = n + 1
        yield h + (f"-{n}" if n else "")
documents = [os.path.join(d, f) for d, _, files in os.walk(os.path.join(top, "docs")) for f in files if f.endswith(".md")]
documents.append(os.path.join(top, "README.md"))
links = bad = 0
for d in documents:
    for target in re.findall(r"\]\(([^)\s]+)\)", text(d)):
        if re.match(r"[a-z]+:", target): continue
        links += 1
        name, _, heading = target.partition("#")
        path = os.path.join(os.path.dirname(d), name) if name else d
        if not os.path.exists(path) or (heading and heading not in anchors(path)):
            print(f"{d}: {target}")
            bad += 1
sys.exit(bad > 0 or links < 50)
P
}
@test "every link of the documents leads to a file, in the source tree and installed" {
    links_of .
    links_of "$I/share/doc/mctools"
}
@test "make uninstall takes away what make install brought, and nothing of others" {
    (cd "$I" && find . ! -type d | sort) > "$T/brought"
    for f in bin/mc-interp bin/mctools share/man/man1/mc-interp.1 share/man/man1/mctools-path.1 share/mctools/pipelines/mctools.mk \
        share/mctools/plots/path.gp share/zsh/site-functions/_mctools share/bash-completion/completions/mc-eval share/doc/mctools/docs/manual.md; do
        [ -s "$I/$f" ] || { echo "no $f"; return 1; }
    done
    cp -a "$F/root" "$T/root"
    touch "$T/root/opt/bin/other" "$T/root/opt/share/mctools/plots/mine.gp"
    installed uninstall DESTDIR="$T/root"
    [ "$(cd "$T/root/opt" && find . ! -type d | sort)" = "$(printf '%s\n' ./bin/other ./share/mctools/plots/mine.gp)" ]
    cp -a "$F/root" "$T/again"
    installed uninstall DESTDIR="$T/again"
    [ -z "$(find "$T/again" ! -type d -o -name mctools)" ]
}
